//! How a Parquet file was written, as far as its metadata tells, as the
//! properties its copy is written with. The first row group speaks for all.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};

use ::parquet::basic::{BrotliLevel, Compression, Encoding, GzipLevel, PageType, Type, ZstdLevel};
use ::parquet::errors::Result;
use ::parquet::file::metadata::ColumnChunkMetaData;
use ::parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder, WriterVersion};
use ::parquet::file::reader::{FileReader, SerializedFileReader};

/// The properties to write a copy with.
pub fn properties(file: &SerializedFileReader<File>) -> Result<WriterProperties> {
    let meta = file.metadata();
    let (of_file, group) = (meta.file_metadata(), meta.row_group(0));
    let mut new = WriterProperties::builder()
        .set_writer_version(version(file)?)
        .set_key_value_metadata(of_file.key_value_metadata().cloned())
        .set_sorting_columns(group.sorting_columns().cloned())
        .set_offset_index_disabled(group.columns().iter().all(|c| c.offset_index_offset().is_none()));
    if let Some(by) = of_file.created_by() {
        new = new.set_created_by(by.to_owned());
    }
    let by = of_file.created_by().unwrap_or_default();
    let columns = group.columns().iter();
    Ok(columns.fold(new, |new, chunk| column(new, chunk, level(chunk.compression(), by))).build())
}

/// Pages of the second form are known by their headers; the footer's version says nothing about them.
fn version(file: &SerializedFileReader<File>) -> Result<WriterVersion> {
    let group = file.get_row_group(0)?;
    for n in 0..group.num_columns() {
        let mut pages = group.get_column_page_reader(n)?;
        while let Some(page) = pages.get_next_page()? {
            match page.page_type() {
                PageType::DATA_PAGE_V2 => return Ok(WriterVersion::PARQUET_2_0),
                PageType::DATA_PAGE => return Ok(WriterVersion::PARQUET_1_0),
                _ => {}
            }
        }
    }
    Ok(WriterVersion::PARQUET_1_0)
}

/// A codec at the level its writer uses unless told otherwise; files do not say the level.
fn level(codec: Compression, created_by: &str) -> Compression {
    let arrow = created_by.starts_with("parquet-cpp");
    match codec {
        Compression::GZIP(_) => Compression::GZIP(GzipLevel::try_new(if arrow { 9 } else { 6 }).unwrap_or_default()),
        Compression::BROTLI(_) => {
            Compression::BROTLI(BrotliLevel::try_new(if arrow { 8 } else { 1 }).unwrap_or_default())
        }
        Compression::ZSTD(_) => Compression::ZSTD(ZstdLevel::try_new(if arrow { 1 } else { 3 }).unwrap_or_default()),
        other => other,
    }
}

/// Whether an encoding is one that a writer chooses on purpose for values of that type;
/// what is none is plain. A damaged footer may name one that there is none of for them.
fn is_chosen(encoding: Encoding, of: Type) -> bool {
    use Type::*;
    match encoding {
        Encoding::DELTA_BINARY_PACKED => matches!(of, INT32 | INT64),
        Encoding::DELTA_LENGTH_BYTE_ARRAY => of == BYTE_ARRAY,
        Encoding::DELTA_BYTE_ARRAY => matches!(of, BYTE_ARRAY | FIXED_LEN_BYTE_ARRAY),
        Encoding::BYTE_STREAM_SPLIT => matches!(of, INT32 | INT64 | FLOAT | DOUBLE | FIXED_LEN_BYTE_ARRAY),
        _ => false,
    }
}

fn column(new: WriterPropertiesBuilder, chunk: &ColumnChunkMetaData, codec: Compression) -> WriterPropertiesBuilder {
    let path = chunk.column_path().clone();
    let has = |wanted: &[Encoding]| chunk.encodings().any(|e| wanted.contains(&e));
    let dictionary = has(&[Encoding::RLE_DICTIONARY]) || chunk.dictionary_page_offset().is_some();
    let runs = chunk.column_type() == Type::BOOLEAN && !has(&[Encoding::PLAIN]);
    let plain = if runs { Encoding::RLE } else { Encoding::PLAIN };
    let encoding = chunk.encodings().find(|e| is_chosen(*e, chunk.column_type())).unwrap_or(plain);
    let statistics = match chunk.statistics() {
        None => EnabledStatistics::None,
        Some(_) if chunk.column_index_offset().is_some() => EnabledStatistics::Page,
        Some(_) => EnabledStatistics::Chunk,
    };
    new.set_column_compression(path.clone(), codec)
        .set_column_dictionary_enabled(path.clone(), dictionary)
        .set_column_encoding(path.clone(), encoding)
        .set_column_bloom_filter_enabled(path.clone(), chunk.bloom_filter_offset().is_some())
        .set_column_statistics_enabled(path, statistics)
}

/// Sets the version in a footer that was written with version 1: writers tie it to the form of
/// pages, of which it is independent. It is the footer's first field (Thrift compact: 0x15, zigzag).
pub fn set_version(file: &mut File, version: i32) -> std::io::Result<()> {
    let mut length = [0; 4];
    file.seek(SeekFrom::End(-8))?;
    file.read_exact(&mut length)?;
    let footer = SeekFrom::End(-8 - u32::from_le_bytes(length) as i64);
    let mut field = [0; 2];
    file.seek(footer)?;
    file.read_exact(&mut field)?;
    if field == [0x15, 0x02] && version == 2 {
        file.seek(footer)?;
        file.write_all(&[0x15, 0x04])?;
    }
    Ok(())
}
