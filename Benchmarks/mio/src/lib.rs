//! mio 0.8. The command line, `main` and the measuring are in C, in C/harness and C/common.

mod echo;
mod loops;

use std::ffi::CString;
use std::io::{ErrorKind, Result};
use std::os::raw::{c_char, c_int};

#[export_name = "hears_level"]
pub static HEARS_LEVEL: bool = false;

/// Functions of C that are as safe as Rust's.
macro_rules! functions_in_c {
    ($($name:ident($($argument:ident: $type:ty),*) $(-> $result:ty)?;)*) => {
        $(fn $name($($argument: $type),*) $(-> $result)? {
            extern "C" {
                fn $name($($argument: $type),*) $(-> $result)?;
            }
            // SAFETY: the function uses nothing but its arguments, and keeps no reference.
            unsafe { $name($($argument),*) }
        })*
    };
}

functions_in_c! {
    reading_end() -> c_int;
    print_ready(port: u16);
    begin_measuring();
    end_measuring(operations: usize);
    resident_bytes() -> isize;
    report_footprint(registrations: usize, bytes: isize);
}

fn option(name: &str, otherwise: usize) -> usize {
    extern "C" {
        fn option(name: *const c_char, otherwise: usize) -> usize;
    }
    let name = CString::new(name).unwrap();
    // SAFETY: the name is terminated, and not kept.
    unsafe { option(name.as_ptr(), otherwise) }
}

/// Whether reading goes on until a read would block, and not only until one comes up short.
fn drains() -> bool {
    reading_end() == 2
}

fn if_ready<T>(result: Result<T>) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(error),
    }
}
