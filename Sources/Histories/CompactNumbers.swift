// Numbers that a million operations have, in less memory than `Int` and optionals take.

/// A number from 0 on that is at most `Int32.max`, in half the memory; others become the nearest one.
@propertyWrapper
public struct Narrow: Sendable, Hashable {
    @usableFromInline var number: Int32

    @inlinable public init(wrappedValue: Int) { number = Int32(clamping: wrappedValue) }

    @inlinable public var wrappedValue: Int {
        get { Int(number) }
        set { number = Int32(clamping: newValue) }
    }
}

/// A number that may be missing, without a byte beside it that says so; the least of all stands for that.
@propertyWrapper
public struct OrNone<Number: FixedWidthInteger & Sendable>: Sendable, Hashable {
    @usableFromInline var number: Number

    @inlinable public init(wrappedValue: Number?) { number = wrappedValue ?? .min }

    @inlinable public var wrappedValue: Number? {
        get { number == .min ? nil : number }
        set { number = newValue ?? .min }
    }
}
