//! The provinces of today laid out by hand on a grid, from north to south: a map in which each is as large as the others.

/// Columns of the grid.
pub const COLUMNS: u8 = 5;
/// Rows of the grid.
pub const ROWS: u8 = 17;

/// Official code, column from the west and row from the north, both from 1.
const GRID: [(&str, u8, u8); 34] = [
    ("12", 1, 1),  // Lai Châu
    ("15", 2, 1),  // Lào Cai
    ("08", 3, 1),  // Tuyên Quang
    ("04", 4, 1),  // Cao Bằng
    ("11", 1, 2),  // Điện Biên
    ("14", 2, 2),  // Sơn La
    ("25", 3, 2),  // Phú Thọ
    ("19", 4, 2),  // Thái Nguyên
    ("20", 5, 2),  // Lạng Sơn
    ("01", 3, 3),  // Hà Nội
    ("24", 4, 3),  // Bắc Ninh
    ("22", 5, 3),  // Quảng Ninh
    ("37", 3, 4),  // Ninh Bình
    ("33", 4, 4),  // Hưng Yên
    ("31", 5, 4),  // Hải Phòng
    ("38", 2, 5),  // Thanh Hóa
    ("40", 2, 6),  // Nghệ An
    ("42", 3, 7),  // Hà Tĩnh
    ("44", 3, 8),  // Quảng Trị
    ("46", 4, 9),  // Huế
    ("48", 4, 10), // Đà Nẵng
    ("51", 5, 11), // Quảng Ngãi
    ("52", 5, 12), // Gia Lai
    ("66", 5, 13), // Đắk Lắk
    ("68", 4, 14), // Lâm Đồng
    ("56", 5, 14), // Khánh Hòa
    ("80", 2, 15), // Tây Ninh
    ("75", 3, 15), // Đồng Nai
    ("91", 1, 16), // An Giang
    ("82", 2, 16), // Đồng Tháp
    ("79", 3, 16), // Hồ Chí Minh
    ("96", 1, 17), // Cà Mau
    ("92", 2, 17), // Cần Thơ
    ("86", 3, 17), // Vĩnh Long
];

/// Column and row of the province of a code; none for a code of other times.
pub fn place(code: &str) -> Option<(u8, u8)> {
    let mut grid = GRID.iter();
    let (_, column, row) = grid.find(|(known, ..)| *known == code)?;
    Some((*column, *row))
}

/// The codes on the grid.
pub fn codes() -> impl Iterator<Item = &'static str> {
    GRID.iter().map(|(code, ..)| *code)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_province_has_a_tile_of_its_own_inside_the_grid() {
        let places: BTreeSet<_> = codes().filter_map(place).collect();
        assert_eq!(places.len(), GRID.len());
        assert_eq!(codes().collect::<BTreeSet<_>>().len(), GRID.len());
        for (column, row) in places {
            assert!((1..=COLUMNS).contains(&column) && (1..=ROWS).contains(&row));
        }
        assert_eq!(place("95"), None, "Bạc Liêu is of other times");
    }
}
