// What is known of an HTTP request by its method alone.

/// Methods by name, as requests carry them.
public enum HTTPMethod {
    /// Whether the method is defined to change nothing (RFC 9110, 9.2.1).
    public static func isSafe(_ method: String) -> Bool {
        switch method {
        case "GET", "HEAD", "OPTIONS", "TRACE": true
        default: false
        }
    }
}
