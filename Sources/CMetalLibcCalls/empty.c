// SwiftPM requires a source file for a C target.
