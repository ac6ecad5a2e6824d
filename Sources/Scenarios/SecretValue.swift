// What a secret must be like so that it can be kept out of what is written.

import Core

/// The value of an environment variable that a scenario lists under `secrets`.
public enum SecretValue {
    /// Why a run cannot use it; `nil` if it can.
    public static func problem(of name: String, _ value: String) -> String? {
        guard value.allSatisfy(\.isWhitespace) else { return nil }
        return "the secret \(name) is empty: set it in the environment, or take it out of `secrets`"
    }

    /// What the user has to know of it; `nil` if nothing.
    public static func remark(on name: String, _ value: String) -> String? {
        guard Redactor([value]).hasValues else {
            return "the secret \(name) is shorter than \(Redactor.minimumLength) characters, so it is not "
                + "redacted: take a longer one, or keep the run directory to yourself"
        }
        return nil
    }
}
