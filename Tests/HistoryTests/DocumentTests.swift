// A document's one list of members writes it, reads it and describes it.

import Core
import TestSupport
import Testing

@testable import Histories

private enum Colour: String, CaseIterable { case red, green }

private struct Wheel: Document, Equatable {
    var spokes: Int

    static var about: String { "It turns." }

    static func members(_ member: inout Members<Wheel>) throws(DocumentError) -> Wheel {
        Wheel(spokes: try member.required("spokes", \.spokes, .natural))
    }
}

private struct Owner: Document, Equatable {
    var name: String

    static func members(_ member: inout Members<Owner>) throws(DocumentError) -> Owner {
        Owner(name: try member.required("owner", \.name, .string))
    }
}

private struct Cart: Document, Equatable {
    var colour: Colour
    var owner: Owner
    var wheels: [Wheel]
    var spare: Wheel?
    var load: Double?
    var number: UInt64
    var isSold: Bool

    static func members(_ member: inout Members<Cart>) throws(DocumentError) -> Cart {
        try member.version(upTo: 3)
        member.derived("wheel_count", \.wheels.count, .natural)
        return Cart(
            colour: try member.required("colour", \.colour, .word, "of the paint"),
            owner: try member.all(\.owner),
            wheels: try member.required("wheels", \.wheels, .array(of: .object(named: "wheel"))),
            spare: try member.optional("spare", \.spare, .object(named: "wheel")),
            load: try member.required("load", \.load, .known(.number)),
            number: try member.required("number", \.number, .longInteger),
            isSold: try member.optional("sold", \.isSold, .boolean, usually: false))
    }
}

@Suite struct DocumentTests {
    private let cart = Cart(
        colour: .green, owner: Owner(name: "Ada"), wheels: [Wheel(spokes: 8), Wheel(spokes: 9)],
        spare: nil, load: nil, number: .max, isSold: false)

    private let text = """
        {"colour":"green","load":null,"number":"18446744073709551615","owner":"Ada","version":3,\
        "wheel_count":2,"wheels":[{"spokes":8},{"spokes":9}]}
        """

    @Test func whatIsWrittenIsReadBack() throws {
        #expect(JSON.text(cart.document) == text)
        #expect(try Cart(document: try JSON.parse(text.utf8), path: "cart") == cart)
        var full = cart
        (full.spare, full.load, full.isSold) = (Wheel(spokes: 1), 0.5, true)
        #expect(try Cart(document: full.document, path: "cart") == full)
    }

    @Test func theSchemaDescribesWhatIsWritten() {
        let schema = Cart.objectSchema.document(
            "cart", version: 3, title: "Cart", definitions: Cart.definitions)
        let validator = SchemaValidator(schema, strict: true)
        #expect(validator.problems(cart.document) == [])
        #expect(!validator.problems(cart.document.replacing(["wheels", "0", "spokes"], with: -1)).isEmpty)
        for name in ["colour", "owner", "wheels", "load", "number", "version", "wheel_count"] {
            #expect(!validator.problems(cart.document.replacing([name], with: nil)).isEmpty, "\(name)")
        }
        #expect(Cart.definitions["wheel"] == Wheel.objectSchema)
    }

    /// What may be missing is `nil`, usual or empty; what is only for readers of the file is never missed.
    @Test(arguments: ["wheels", "wheel_count", "load"])
    func aMemberThatMayBeMissing(name: String) throws {
        let read = try Cart(document: cart.document.replacing([name], with: nil), path: "cart")
        #expect(read.number == cart.number)
    }

    @Test(arguments: [
        (["owner"], Value?.none, "cart.owner is not text"),
        (["colour"], "blue", "cart.colour: `blue` is not known to this version of contend"),
        (["wheels", "1", "spokes"], "many", "cart.wheels[1].spokes is not an integer"),
        (["wheels"], 4, "cart.wheels is not an array"),
        (["wheels", "0"], 4, "cart.wheels[0] is no object"),
        (["number"], "many", "cart.number is not a number from 0 to 18446744073709551615 as text"),
        (["sold"], "yes", "cart.sold is not true or false"),
    ])
    func whatIsWrongIsNamedByItsPath(path: [String], value: Value?, words: String) {
        let document = cart.document.replacing(path, with: value)
        let error = #expect(throws: DocumentError.self) { try Cart(document: document, path: "cart") }
        #expect(error?.code == .malformed)
        #expect(error?.message.hasPrefix(words) == true, "\(String(describing: error))")
    }

    @Test func aNewerVersionIsRefusedAndAnOlderOneRead() throws {
        let newer = cart.document.replacing(["version"], with: 4)
        let error = #expect(throws: DocumentError.self) { try Cart(document: newer, path: "cart") }
        #expect(error?.code == .unsupportedVersion)
        #expect(
            error?.message
                == "the cart has version 4, this contend reads up to 3: use a newer one")
        let older = cart.document.replacing(["version"], with: 2)
        #expect(try Cart(document: older, path: "cart") == cart)
    }
}
