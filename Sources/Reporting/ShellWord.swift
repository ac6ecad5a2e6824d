// Text as one word of a POSIX shell.

import Core

/// Quoting that a shell undoes.
public enum ShellWord {
    /// In apostrophes, whatever the text holds.
    public static func quoted(_ text: String) -> String {
        // By scalar: an apostrophe with a combining mark is another character, and ends the quotes as well.
        "'" + text.replacingScalars { $0 == "'" ? "'\\''" : nil } + "'"
    }
}
