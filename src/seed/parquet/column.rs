//! One column of a row group: values read in batches, and written again with
//! single ones in between. What they mean as text is `shape`'s.

use ::parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use ::parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DataType, DoubleType, FixedLenByteArray, FixedLenByteArrayType, FloatType,
    Int32Type, Int64Type, Int96, Int96Type,
};
use ::parquet::errors::{ParquetError, Result};
use ::parquet::file::writer::SerializedColumnWriter;

use super::guard::guarded;
use super::shape::Shape;

/// A value as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Bool(bool),
    I32(i32),
    I64(i64),
    I96(Int96),
    F32(f32),
    F64(f64),
    Bytes(ByteArray),
    Fixed(FixedLenByteArray),
}

/// A physical type whose values `Value` has.
trait Physical: DataType {
    fn value(stored: &Self::T) -> Value;
    fn stored(value: &Value) -> Option<Self::T>;
}

macro_rules! physical {
    ($($kind:ident $variant:ident),*) => {$(
        impl Physical for $kind {
            fn value(stored: &Self::T) -> Value {
                Value::$variant(stored.clone())
            }
            fn stored(value: &Value) -> Option<Self::T> {
                if let Value::$variant(v) = value { Some(v.clone()) } else { None }
            }
        }
    )*};
}

physical!(BoolType Bool, Int32Type I32, Int64Type I64, Int96Type I96, FloatType F32, DoubleType F64, ByteArrayType Bytes, FixedLenByteArrayType Fixed);

/// A column of one physical type.
struct Typed<T: DataType> {
    from: ColumnReaderImpl<T>,
    values: Vec<T::T>,
    levels: Vec<i16>,
}

impl<T: DataType> Typed<T> {
    fn read(&mut self, rows: usize) -> Result<()> {
        self.values.clear();
        self.levels.clear();
        let mut got = 0;
        while got < rows {
            let (records, ..) = self.from.read_records(rows - got, Some(&mut self.levels), None, &mut self.values)?;
            if records == 0 {
                return Err(ParquetError::General(
                    "the column has fewer values than the row group has rows".to_owned(),
                ));
            }
            got += records;
        }
        self.levels.resize(if self.levels.is_empty() { 0 } else { rows }, 0);
        Ok(())
    }
}

/// A column of any type.
pub struct Column(Box<dyn AnyColumn>);

trait AnyColumn {
    fn read(&mut self, rows: usize) -> Result<()>;
    fn texts(&self, shape: &Shape) -> std::result::Result<Vec<Option<String>>, String>;
    fn write(&self, to: &mut SerializedColumnWriter<'_>) -> Result<()>;
    fn write_one(&self, value: Option<&Value>, to: &mut SerializedColumnWriter<'_>) -> Result<()>;
}

impl<T: Physical> AnyColumn for Typed<T> {
    fn read(&mut self, rows: usize) -> Result<()> {
        Typed::read(self, rows)
    }

    fn texts(&self, shape: &Shape) -> std::result::Result<Vec<Option<String>>, String> {
        let mut values = self.values.iter().map(|v| shape.text(&T::value(v)));
        if !shape.optional {
            return values.map(|v| v.map(Some)).collect();
        }
        self.levels.iter().map(|level| if *level == 0 { Ok(None) } else { values.next().transpose() }).collect()
    }

    fn write(&self, to: &mut SerializedColumnWriter<'_>) -> Result<()> {
        let levels = (!self.levels.is_empty()).then_some(self.levels.as_slice());
        to.typed::<T>().write_batch(&self.values, levels, None).map(drop)
    }

    fn write_one(&self, value: Option<&Value>, to: &mut SerializedColumnWriter<'_>) -> Result<()> {
        let level = [i16::from(value.is_some())];
        let stored: Vec<T::T> = value.and_then(T::stored).into_iter().collect();
        to.typed::<T>().write_batch(&stored, Some(&level), None).map(drop)
    }
}

impl Column {
    pub fn new(from: ColumnReader) -> Self {
        fn typed<T: Physical>(from: ColumnReaderImpl<T>) -> Column {
            Column(Box::new(Typed { from, values: Vec::new(), levels: Vec::new() }))
        }
        match from {
            ColumnReader::BoolColumnReader(r) => typed(r),
            ColumnReader::Int32ColumnReader(r) => typed(r),
            ColumnReader::Int64ColumnReader(r) => typed(r),
            ColumnReader::Int96ColumnReader(r) => typed(r),
            ColumnReader::FloatColumnReader(r) => typed(r),
            ColumnReader::DoubleColumnReader(r) => typed(r),
            ColumnReader::ByteArrayColumnReader(r) => typed(r),
            ColumnReader::FixedLenByteArrayColumnReader(r) => typed(r),
        }
    }

    /// Reads the next rows in place of those held.
    pub fn read(&mut self, rows: usize) -> Result<()> {
        guarded(|| self.0.read(rows))
    }

    /// The rows held, as texts.
    pub fn texts(&self, shape: &Shape) -> std::result::Result<Vec<Option<String>>, String> {
        self.0.texts(shape)
    }

    /// Writes the rows held as they are.
    pub fn write(&self, to: &mut SerializedColumnWriter<'_>) -> Result<()> {
        self.0.write(to)
    }

    /// Writes one more row.
    pub fn write_one(&self, value: Option<&Value>, to: &mut SerializedColumnWriter<'_>) -> Result<()> {
        self.0.write_one(value, to)
    }
}
