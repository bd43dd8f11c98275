//! Parquet: the values of the table's own rows, their order and the schema stay.

use super::{ROWS, row, seeded, without};
use crate::site::Site;
use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use std::path::Path;
use std::sync::Arc;

const SCHEMA: &str = "message customers {
    required int64 id;
    required binary name (STRING);
    required binary phone (STRING);
    optional binary email (STRING);
    required binary opened_at (STRING);
}";

/// The octets of a file of two row groups, in which every fifth mailbox is absent.
pub fn file(site: &Site) -> Vec<u8> {
    let path = site.path("made.parquet");
    write(&path);
    let octets = std::fs::read(&path).expect("read");
    std::fs::remove_file(path).expect("removed");
    octets
}

fn write(path: &Path) {
    let schema = Arc::new(parse_message_type(SCHEMA).expect("a schema"));
    let to = std::fs::File::create(path).expect("a file");
    let mut writer = SerializedFileWriter::new(to, schema, Arc::new(WriterProperties::new())).expect("a writer");
    for rows in [0..ROWS / 2, ROWS / 2..ROWS] {
        let rows: Vec<(usize, [String; 5])> = rows.map(|n| (n, row(n))).collect();
        let mut group = writer.next_row_group().expect("a group");
        let mut column = group.next_column().expect("sound").expect("a column");
        let keys: Vec<i64> = rows.iter().map(|(_, row)| row[0].parse().expect("a number")).collect();
        column.typed::<Int64Type>().write_batch(&keys, None, None).expect("written");
        column.close().expect("written");
        for at in 1..5 {
            let filled = |n: usize| at != 3 || !n.is_multiple_of(5);
            let texts: Vec<ByteArray> =
                rows.iter().filter(|(n, _)| filled(*n)).map(|(_, row)| ByteArray::from(row[at].as_str())).collect();
            let levels: Vec<i16> = rows.iter().map(|(n, _)| i16::from(filled(*n))).collect();
            let levels = (at == 3).then_some(levels.as_slice());
            let mut column = group.next_column().expect("sound").expect("a column");
            column.typed::<ByteArrayType>().write_batch(&texts, levels, None).expect("written");
            column.close().expect("written");
        }
        group.close().expect("written");
    }
    writer.close().expect("written");
}

/// The schema and every row, as text.
fn contents(path: &Path) -> (String, Vec<String>) {
    let reader = SerializedFileReader::new(std::fs::File::open(path).expect("a file")).expect("Parquet");
    let schema = format!("{:?}", reader.metadata().file_metadata().schema());
    let rows = reader.get_row_iter(None).expect("rows").map(|row| row.expect("a row").to_string()).collect();
    (schema, rows)
}

#[test]
fn a_parquet_file_keeps_its_schema_and_its_rows() {
    let site = Site::with_pool();
    site.write("list.parquet", file(&site));
    let places = seeded(&site, "list.parquet");
    let (schema, rows) = contents(&site.path("list.parquet"));
    let (new_schema, new_rows) = contents(&site.path("list.telecom.parquet"));
    assert_eq!(new_schema, schema);
    assert_eq!(new_rows.len(), ROWS + places.len());
    assert_eq!(without(new_rows, 1, &places), rows);
}
