// Rust's std parser on the corpora: prints "parser, corpus, nanoseconds per row (median slice of 20,000 rows), 0".
use std::net::SocketAddr;

const SLICE: usize = 20_000;

extern "C" {
    fn clock_gettime(clock: i32, time: *mut [i64; 2]) -> i32;
}

/// The processor time of this thread in nanoseconds (CLOCK_THREAD_CPUTIME_ID).
fn thread_time() -> i64 {
    let mut time = [0i64; 2];
    assert!(unsafe { clock_gettime(3, &mut time) } == 0);
    time[0] * 1_000_000_000 + time[1]
}

fn main() {
    let folder = std::env::args().nth(1).expect("folder of the corpora");
    for name in ["a", "b", "c", "d", "ds"] {
        let text = std::fs::read_to_string(format!("{folder}/{name}.txt")).expect("corpus");
        let rows: Vec<&str> = text.lines().collect();
        let mut sum = 0u64;
        for _ in 0..5 {
            sum += work(&rows[..SLICE]);
        }
        let mut slices: Vec<f64> = rows
            .chunks_exact(SLICE)
            .map(|slice| {
                let start = thread_time();
                sum += work(slice);
                (thread_time() - start) as f64 / SLICE as f64
            })
            .collect();
        slices.sort_by(f64::total_cmp);
        assert!(sum > 0);
        println!("Rust SocketAddr::from_str utf8\t{name}\t{:.2}\t0", slices[slices.len() / 2]);
    }
}

#[inline(never)]
fn work(rows: &[&str]) -> u64 {
    rows.iter().map(|row| row.parse::<SocketAddr>().expect("an endpoint").port() as u64).sum()
}
