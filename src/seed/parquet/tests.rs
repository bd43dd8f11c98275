//! Files of every type: the copy without its canaries has the original's rows,
//! schema and metadata; what does not fit or cannot be read is refused.

use std::path::Path;
use std::sync::Arc;

use ::parquet::basic::{Compression, Encoding};
use ::parquet::data_type::{
    ByteArray, ByteArrayType, DataType, DoubleType, FixedLenByteArray, FixedLenByteArrayType, Int32Type, Int64Type,
};
use ::parquet::file::metadata::{KeyValue, SortingColumn};
use ::parquet::file::properties::{EnabledStatistics, WriterProperties};
use ::parquet::file::reader::{FileReader, SerializedFileReader};
use ::parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use ::parquet::schema::parser::parse_message_type;
use proptest::prelude::*;

use super::Parquet;
use crate::identity::{Cells, Row};
use crate::seed::{Format, SeedError};

const SCHEMA: &str = "message subscribers {
    required binary name (STRING) = 1;
    optional int32 day (DATE) = 2;
    optional int64 at (TIMESTAMP(MICROS,true)) = 3;
    required int32 tariff (INTEGER(16,false));
    optional fixed_len_byte_array(5) debt (DECIMAL(10,2));
    optional double score;
    optional int64 local (TIMESTAMP(MILLIS,false));
}";

fn write<T: DataType>(to: &mut SerializedRowGroupWriter<'_, std::fs::File>, values: &[T::T], levels: Option<&[i16]>) {
    let mut column = to.next_column().expect("sound").expect("a column");
    column.typed::<T>().write_batch(values, levels, None).expect("written");
    column.close().expect("written");
}

/// A file with one row group for each number of rows; every third value of optional columns is absent.
fn written(path: &Path, groups: &[usize]) {
    let schema = Arc::new(parse_message_type(SCHEMA).expect("a schema"));
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_column_dictionary_enabled("tariff".into(), false)
        .set_column_encoding("tariff".into(), Encoding::DELTA_BINARY_PACKED)
        .set_column_statistics_enabled("score".into(), EnabledStatistics::None)
        .set_created_by("another writer 1.0".to_owned())
        .set_key_value_metadata(Some(vec![KeyValue::new("pandas".to_owned(), "{}".to_owned())]))
        .set_sorting_columns(Some(vec![SortingColumn { column_idx: 0, descending: false, nulls_first: false }]))
        .build();
    let file = std::fs::File::create(path).expect("a file");
    let mut writer = SerializedFileWriter::new(file, schema, Arc::new(properties)).expect("a writer");
    let mut start = 0;
    for length in groups {
        let rows: Vec<i64> = (start..start + *length as i64).collect();
        let levels: Vec<i16> = rows.iter().map(|r| i16::from(r % 3 != 0)).collect();
        let some: Vec<i64> = rows.iter().copied().filter(|r| r % 3 != 0).collect();
        let mut group = writer.next_row_group().expect("a group");
        let names: Vec<ByteArray> = rows.iter().map(|r| ByteArray::from(format!("张{r:05}").as_str())).collect();
        write::<ByteArrayType>(&mut group, &names, None);
        write::<Int32Type>(&mut group, &some.iter().map(|r| *r as i32 - 40).collect::<Vec<_>>(), Some(&levels));
        write::<Int64Type>(&mut group, &some.iter().map(|r| r * 1_000_001).collect::<Vec<_>>(), Some(&levels));
        write::<Int32Type>(&mut group, &rows.iter().map(|r| *r as i32 % 65_536).collect::<Vec<_>>(), None);
        let debts: Vec<FixedLenByteArray> =
            some.iter().map(|r| FixedLenByteArray::from((r - 30).to_be_bytes()[3..].to_vec())).collect();
        write::<FixedLenByteArrayType>(&mut group, &debts, Some(&levels));
        write::<DoubleType>(&mut group, &some.iter().map(|r| *r as f64 / 7.0).collect::<Vec<_>>(), Some(&levels));
        write::<Int64Type>(&mut group, &some.iter().map(|r| r * -77).collect::<Vec<_>>(), Some(&levels));
        group.close().expect("written");
        start += *length as i64;
    }
    writer.close().expect("written");
}

fn rows_of(table: &mut Parquet) -> Result<Vec<Row>, SeedError> {
    let mut rows: Vec<Row> = Vec::new();
    table.scan(
        &mut |cells: &Cells<'_>| rows.push(cells.iter().map(|c| c.map(str::to_owned)).collect()),
        &mut |_, _| {},
    )?;
    Ok(rows)
}

fn copy_of(table: &mut Parquet, rows: &[(u64, Row)], to: &Path) -> Result<(), SeedError> {
    let mut file = std::fs::OpenOptions::new().read(true).write(true).create_new(true).open(to).expect("a new file");
    table.copy(rows, &mut file, &mut |_, _| {})
}

fn canary(name: &str) -> Row {
    let texts = [name, "2024-02-29", "2024-02-29T08:30:00.5Z", "65535", "-12.50", "0.1", "1999-12-31 23:59:59"];
    texts.iter().map(|t| Some((*t).to_owned())).collect()
}

#[test]
fn texts_of_all_types() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("a");
    written(&path, &[3]);
    let rows = rows_of(&mut Parquet::open(&path).expect("a file")).expect("rows");
    let texts: Vec<Option<&str>> = rows[1].iter().map(Option::as_deref).collect();
    let wanted = [
        "张00001",
        "1969-11-23",
        "1970-01-01T00:00:01.000001Z",
        "1",
        "-0.29",
        "0.14285714285714285",
        "1969-12-31 23:59:59.923",
    ];
    assert_eq!(texts, wanted.map(Some));
    assert_eq!(rows[0][1], None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn the_copy_without_canaries_is_the_original(
        groups in proptest::collection::vec(1usize..60, 1..4),
        places in proptest::collection::vec(0usize..200, 0..6),
    ) {
        let dir = tempfile::tempdir().expect("a directory");
        let (from, to) = (dir.path().join("a"), dir.path().join("b"));
        written(&from, &groups);
        let count: usize = groups.iter().sum();
        let mut places: Vec<usize> = places.into_iter().map(|p| p.min(count)).collect();
        places.sort_unstable();
        let canaries: Vec<(u64, Row)> =
            places.iter().enumerate().map(|(n, p)| ((p + n + 1) as u64, canary(&format!("c{n}")))).collect();
        let mut table = Parquet::open(&from).expect("a file");
        let real = rows_of(&mut table).expect("rows");
        copy_of(&mut table, &canaries, &to).expect("a copy");
        let mut seen = rows_of(&mut Parquet::open(&to).expect("a file")).expect("rows");
        for (n, (at, _)) in canaries.iter().enumerate().rev() {
            let planted = seen.remove(*at as usize - 1);
            prop_assert_eq!(planted[0].clone(), Some(format!("c{n}")));
            prop_assert_eq!(planted[2].as_deref(), Some("2024-02-29T08:30:00.5Z"));
        }
        prop_assert_eq!(seen, real);
        same_habits(&from, &to, canaries.len());
    }
}

fn same_habits(from: &Path, to: &Path, more: usize) {
    let open = |p: &Path| SerializedFileReader::new(std::fs::File::open(p).expect("a file")).expect("sound");
    let (old, new) = (open(from), open(to));
    let (old, new) = (old.metadata(), new.metadata());
    let (a, b) = (old.file_metadata(), new.file_metadata());
    assert_eq!(a.schema(), b.schema());
    assert_eq!(a.key_value_metadata(), b.key_value_metadata());
    assert_eq!((a.created_by(), a.version()), (b.created_by(), b.version()));
    assert_eq!(a.num_rows() + more as i64, b.num_rows());
    assert_eq!(old.num_row_groups(), new.num_row_groups());
    for (a, b) in old.row_groups().iter().zip(new.row_groups()) {
        assert_eq!(a.sorting_columns(), b.sorting_columns());
        for (a, b) in a.columns().iter().zip(b.columns()) {
            assert_eq!(a.compression(), b.compression());
            assert_eq!(a.encodings().collect::<Vec<_>>(), b.encodings().collect::<Vec<_>>());
            assert_eq!(a.statistics().is_some(), b.statistics().is_some());
        }
    }
}

#[test]
fn the_version_of_the_footer_is_kept() {
    let dir = tempfile::tempdir().expect("a directory");
    let (from, to) = (dir.path().join("a"), dir.path().join("b"));
    written(&from, &[5]);
    let mut file = std::fs::OpenOptions::new().read(true).write(true).open(&from).expect("a file");
    super::habits::set_version(&mut file, 2).expect("written");
    let mut table = Parquet::open(&from).expect("a file");
    rows_of(&mut table).expect("rows");
    copy_of(&mut table, &[(1, canary("c"))], &to).expect("a copy");
    same_habits(&from, &to, 1);
}

#[test]
fn texts_that_do_not_fit() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("a");
    written(&path, &[3]);
    let mut table = Parquet::open(&path).expect("a file");
    rows_of(&mut table).expect("rows");
    let bad = [(1, "2024-02-30"), (2, "later"), (3, "65536"), (3, "-1"), (4, "1.234"), (4, "123456789012"), (5, "x")];
    for (column, text) in bad {
        let mut row = canary("c");
        row[column] = Some(text.to_owned());
        let to = dir.path().join(format!("{column}{text}"));
        let error = copy_of(&mut table, &[(1, row)], &to).expect_err("refused").to_string();
        assert!(error.contains(&format!("column {}", table.columns()[column])) && error.contains(text), "{error}");
    }
    let mut row = canary("c");
    row[0] = None;
    let error = copy_of(&mut table, &[(1, row)], &dir.path().join("none")).expect_err("refused");
    assert!(error.to_string().contains("takes no empty value"), "{error}");
}

#[test]
fn files_that_cannot_be_read() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("a");
    let refusal = |octets: &[u8]| {
        std::fs::write(&path, octets).expect("written");
        Parquet::open(&path).map(drop).expect_err("refused").to_string()
    };
    assert!(refusal(b"name,phone\n1,2\n").contains("not a Parquet file"));
    assert!(refusal(b"PAR1aaaaaaaaPARE").contains("encrypted"));
    assert!(refusal(b"PAR1aaaaaaaaaaaa").contains("cut off"));
    assert!(refusal(b"PAR1\xFF\xFF\xFF\x7FPAR1").contains("footer"));
    let schema = Arc::new(parse_message_type("message m { required int32 a; repeated int32 b; }").expect("a schema"));
    let file = std::fs::File::create(&path).expect("a file");
    SerializedFileWriter::new(file, schema, Arc::default()).expect("a writer").close().expect("written");
    let error = Parquet::open(&path).map(drop).expect_err("refused").to_string();
    assert!(error.contains("column b: this is a nested column"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn damaged_files_never_panic(at in 0usize..10_000, to in 0u8..=255) {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("a");
        written(&path, &[20, 5]);
        let mut octets = std::fs::read(&path).expect("a file");
        let at = at % octets.len();
        octets[at] = to;
        std::fs::write(&path, &octets).expect("written");
        if let Ok(mut table) = Parquet::open(&path) && rows_of(&mut table).is_ok() {
            let _ = copy_of(&mut table, &[(1, canary("c"))], &dir.path().join("b"));
        }
    }
}
