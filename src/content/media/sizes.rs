//! Pictures in the sizes small screens need. What was uploaded is never served itself: a picture is decoded and written
//! anew, so that nothing hidden in a file, and no place where a photograph was taken, reaches a phone.

use std::io::Cursor;

use entity::media::FileType;
use image::{
    DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, codecs::jpeg::JpegEncoder,
    imageops::FilterType,
};

/// Widths made of every picture that is wider.
const WIDTHS: [u32; 3] = [320, 640, 1280];
/// The widest that is served.
const WIDEST: u32 = 1920;
/// Pixels of the largest picture that is decoded: a picture of few bytes can claim more than memory holds.
pub const MOST_PIXELS: u64 = 40_000_000;
/// Memory the decoder may take.
const MEMORY: u64 = 256 * 1024 * 1024;
/// Of photographs, 1 to 100.
const QUALITY: u8 = 80;

/// A picture in one size.
#[derive(Debug)]
pub struct Size {
    /// Of the picture, in pixels.
    pub width: u32,
    /// Of the picture, in pixels.
    pub height: u32,
    /// How it is written.
    pub file_type: FileType,
    /// The file.
    pub bytes: Vec<u8>,
}

/// Why there are no sizes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unusable {
    /// It has more pixels than are decoded.
    TooManyPixels,
    /// It is damaged, or not what it says.
    Damaged,
}

/// Every size of a picture, the smallest first. Takes a while: never call it on the runtime.
///
/// # Errors
/// Why there are none.
pub fn sizes(bytes: &[u8], file_type: FileType) -> Result<Vec<Size>, Unusable> {
    let picture = decode(bytes, file_type)?;
    let widest = picture.width().min(WIDEST);
    let narrower = WIDTHS.into_iter().filter(|width| *width < widest);
    narrower
        .chain([widest])
        .map(|width| at_width(&picture, width, file_type))
        .collect()
}

fn decode(bytes: &[u8], file_type: FileType) -> Result<DynamicImage, Unusable> {
    let format = match file_type {
        FileType::Jpeg => ImageFormat::Jpeg,
        FileType::Png => ImageFormat::Png,
        FileType::Webp => ImageFormat::WebP,
        _ => return Err(Unusable::Damaged),
    };
    let damaged = |cause: image::ImageError| {
        tracing::debug!(%cause, "a picture was not decoded");
        Unusable::Damaged
    };
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.no_limits();
    let mut decoder = reader.into_decoder().map_err(damaged)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(Unusable::TooManyPixels);
    }
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MEMORY);
    decoder.set_limits(limits).map_err(damaged)?;
    let orientation = decoder.orientation().map_err(damaged)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(damaged)?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

fn at_width(picture: &DynamicImage, width: u32, file_type: FileType) -> Result<Size, Unusable> {
    let resized;
    let shown = if width == picture.width() {
        picture
    } else {
        let height = u64::from(picture.height()) * u64::from(width) / u64::from(picture.width());
        let height = u32::try_from(height.max(1)).unwrap_or(u32::MAX);
        resized = picture.resize_exact(width, height, FilterType::Triangle);
        &resized
    };
    let (file_type, bytes) = smaller(written(shown, file_type)?);
    Ok(Size {
        width: shown.width(),
        height: shown.height(),
        file_type,
        bytes,
    })
}

/// A photograph as JPEG; a drawing as PNG too; what is transparent only as PNG.
fn written(
    picture: &DynamicImage,
    file_type: FileType,
) -> Result<Vec<(FileType, Vec<u8>)>, Unusable> {
    let damaged = |cause: image::ImageError| {
        tracing::warn!(%cause, "a picture was not written");
        Unusable::Damaged
    };
    let mut all = Vec::new();
    let transparent =
        picture.color().has_alpha() && picture.to_rgba8().pixels().any(|pixel| pixel.0[3] != 255);
    if !transparent {
        let mut bytes = Vec::new();
        let encoder = JpegEncoder::new_with_quality(&mut bytes, QUALITY);
        picture
            .to_rgb8()
            .write_with_encoder(encoder)
            .map_err(damaged)?;
        all.push((FileType::Jpeg, bytes));
    }
    if transparent || file_type != FileType::Jpeg {
        let plain = if transparent {
            DynamicImage::from(picture.to_rgba8())
        } else {
            DynamicImage::from(picture.to_rgb8())
        };
        let mut bytes = Cursor::new(Vec::new());
        plain
            .write_to(&mut bytes, ImageFormat::Png)
            .map_err(damaged)?;
        all.push((FileType::Png, bytes.into_inner()));
    }
    Ok(all)
}

fn smaller(all: Vec<(FileType, Vec<u8>)>) -> (FileType, Vec<u8>) {
    let smallest = all.into_iter().min_by_key(|(_, bytes)| bytes.len());
    smallest.unwrap_or((FileType::Jpeg, Vec::new()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let picture = image::RgbImage::from_fn(width, height, |x, y| {
            image::Rgb([(x % 256) as u8, (y % 256) as u8, ((x * y) % 256) as u8])
        });
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn a_picture_comes_in_every_narrower_width_and_its_own() {
        let made = sizes(&png(700, 350), FileType::Png).unwrap();
        let found: Vec<_> = made.iter().map(|size| (size.width, size.height)).collect();
        assert_eq!(found, [(320, 160), (640, 320), (700, 350)]);
        for size in &made {
            assert_eq!(super::super::kinds::told(&size.bytes), Some(size.file_type));
        }
        let small = sizes(&png(10, 2000), FileType::Png).unwrap();
        assert_eq!(small.len(), 1);
    }

    #[test]
    fn what_follows_a_picture_in_its_file_is_not_written_again() {
        let mut bytes = png(20, 20);
        bytes.extend_from_slice(b"<script>alert(1)</script>");
        for size in sizes(&bytes, FileType::Png).unwrap() {
            assert!(!size.bytes.windows(8).any(|word| word == b"<script>"));
        }
    }

    #[test]
    fn a_picture_that_claims_more_pixels_than_memory_holds_is_refused_before_it_is_decoded() {
        let mut bytes = png(20, 20);
        // Width and height stand at bytes 16 to 24, and their checksum behind.
        bytes[16..24].copy_from_slice(&[0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff]);
        let crc = crc(&bytes[12..29]);
        bytes[29..33].copy_from_slice(&crc.to_be_bytes());
        assert_eq!(
            sizes(&bytes, FileType::Png).unwrap_err(),
            Unusable::TooManyPixels
        );
    }

    #[test]
    fn a_damaged_picture_is_refused() {
        let bytes = png(200, 200);
        assert_eq!(
            sizes(&bytes[..bytes.len() / 2], FileType::Png).unwrap_err(),
            Unusable::Damaged
        );
        assert_eq!(
            sizes(&bytes, FileType::Jpeg).unwrap_err(),
            Unusable::Damaged
        );
    }

    fn crc(bytes: &[u8]) -> u32 {
        let mut crc = !0_u32;
        for byte in bytes {
            crc ^= u32::from(*byte);
            for _ in 0..8 {
                crc = (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg());
            }
        }
        !crc
    }
}
