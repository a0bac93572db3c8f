//! SDPA's sparse format: what is read, what is refused, and that both sides of a problem agree.

use robust_sdp::*;

/// The example of SDPA's manual with a comment, brackets, remarks and a diagonal block: least `c^T x`.
const MIXED: &str = r#""An example with remarks.
* and another comment
 3 = mDIM
 2 = nBLOCK
 (2, -2) = bLOCKsTRUCT
{48, -8, 20}
0 1 1 1 -11
0 1 2 2 23
0 2 1 1 +1.0e0
1 1 1 1 10
1 1 2 1 4.0
2 1 2 2 -8
3 1 1 2 -8
3 1 2 2 -2
1 2 1 1 1.0
2 2 2 2 -1
"#;

#[test]
fn remarks_brackets_and_lower_triangles() {
    let file: SdpaProblem = MIXED.parse().unwrap();
    assert_eq!(file.costs, [48.0, -8.0, 20.0]);
    assert_eq!(
        file.blocks,
        [SdpaBlock::Symmetric(2), SdpaBlock::Diagonal(2)]
    );
    let below = file.entries.iter().find(|e| e.value == 4.0).unwrap();
    assert_eq!((below.row, below.column), (0, 1));
    let problem = file.problem().unwrap();
    assert_eq!((problem.lmis.len(), problem.inequalities.len()), (1, 2));
    // F = -F_0, and x_1 ≥ 1 as -x_1 ≤ -1.
    assert_eq!(problem.lmis[0].constant[(0, 0)].re, 11.0);
    assert_eq!(problem.inequalities[0].bound, -1.0);
    assert_eq!(problem.inequalities[0].form.scalars[0].1, -1.0);
    assert!(problem.check().is_ok());
}

#[test]
fn what_is_written_reads_as_the_same() {
    let file: SdpaProblem = MIXED.parse().unwrap();
    assert_eq!(file.to_string().parse::<SdpaProblem>().unwrap(), file);
    let odd = SdpaProblem {
        blocks: vec![SdpaBlock::Symmetric(1)],
        costs: vec![0.1 + 0.2],
        entries: vec![SdpaEntry {
            matrix: 1,
            block: 0,
            row: 0,
            column: 0,
            value: f64::MIN_POSITIVE / 3.0,
        }],
    };
    assert_eq!(odd.to_string().parse::<SdpaProblem>().unwrap(), odd);
}

#[test]
fn errors_name_the_line() {
    let head = "* c\n1\n2\n2 -2\n1.0\n";
    let error = |tail: &str| format!("{head}{tail}").parse::<SdpaProblem>().unwrap_err();
    let cases = [
        ("1 1 1 3 1\n", 6, "column is 3, and should be from 1 to 2"),
        (
            "1 1 1 1 1\n2 1 1 1 1\n",
            7,
            "number of a matrix is 2, and should be from 0 to 1",
        ),
        (
            "1 3 1 1 1\n",
            6,
            "number of a block is 3, and should be from 1 to 2",
        ),
        ("1 1 0 1 1\n", 6, "row is 0, and should be from 1 to 2"),
        (
            "1 2 1 2 1\n",
            6,
            "entry (1, 2) of block 2, which is diagonal",
        ),
        (
            "1 1 1 2 1\n\n1 1 2 1 1\n",
            8,
            "entry (1, 2) of block 1 of matrix 1 is given twice",
        ),
        ("1 1 1 2 nan\n", 6, "`nan` is no value of an entry"),
        ("1 1 1 2 1e999\n", 6, "`1e999` is no value of an entry"),
        ("1 1 1.5 2 1\n", 6, "`1.5` is no row"),
        ("1 1 1\n", 6, "the file ends where column should be"),
    ];
    for (tail, line, message) in cases {
        assert_eq!(error(tail).to_string(), format!("line {line}: {message}"));
    }
    let early = "* nothing\n2\n".parse::<SdpaProblem>().unwrap_err();
    assert_eq!(
        early,
        SdpaError::Ended {
            line: 2,
            expected: "number of blocks"
        }
    );
    let zero = "1\n1\n0\n1\n".parse::<SdpaProblem>().unwrap_err();
    assert_eq!(zero.to_string(), "line 3: `0` is no size of a block");
    // Nothing is laid out for sizes that no memory holds.
    for size in ["1000000000", "-99999999999"] {
        let huge = format!("1\n1\n{size}\n1\n").parse::<SdpaProblem>();
        assert!(
            huge.unwrap_err()
                .to_string()
                .contains("line 3: size of a block is")
        );
    }
}

#[test]
fn entries_without_a_place_are_named() {
    let entry = SdpaEntry {
        matrix: 1,
        block: 0,
        row: 0,
        column: 1,
        value: 1.0,
    };
    let with = |entry: SdpaEntry| SdpaProblem {
        blocks: vec![SdpaBlock::Symmetric(2), SdpaBlock::Diagonal(2)],
        costs: vec![1.0],
        entries: vec![entry],
    };
    assert!(with(entry).problem().is_ok());
    let misplaced = [
        SdpaEntry { matrix: 2, ..entry },
        SdpaEntry { block: 2, ..entry },
        SdpaEntry { block: 1, ..entry },
        SdpaEntry { column: 2, ..entry },
        SdpaEntry {
            row: 1,
            column: 0,
            ..entry
        },
    ];
    for entry in misplaced {
        let error = with(entry).problem().unwrap_err();
        assert!(
            matches!(error, SdpaError::Misplaced { index: 0, .. }),
            "{error}"
        );
    }
}

/// A tridiagonal matrix with constant diagonals has known eigenvalues: the least `x` with
/// `x I - T ⪰ 0`, `T` that of a path, is `2 cos(π/(n + 1))`.
#[test]
fn the_spectral_radius_of_a_path() {
    let n = 7;
    let mut text = format!("1\n2\n{n} -1\n1\n");
    for i in 1..n {
        text += &format!("0 1 {i} {} 1\n", i + 1);
    }
    for i in 1..=n {
        text += &format!("1 1 {i} {i} 1\n");
    }
    text += "1 2 1 1 1\n";
    let file: SdpaProblem = text.parse().unwrap();
    let problem = file.problem().unwrap().check().unwrap();
    let outcome = HermitianIpm::default()
        .solve(&problem, SolveRequest::default())
        .unwrap();
    let SdpOutcome::Optimal(solution) = outcome else {
        panic!("{outcome:?}")
    };
    let radius = 2.0 * (std::f64::consts::PI / (n + 1) as f64).cos();
    assert!((solution.primal.scalars[0] - radius).abs() < 1e-7);
    assert!((solution.residuals.primal_objective + radius).abs() < 1e-7);
}
