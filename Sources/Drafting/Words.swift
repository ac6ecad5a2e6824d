// Names of things and fields, compared and turned into names of a scenario.

import Scenarios

extension String {
    /// In lower case, without what separates words: `pet_id` and `petId` are the same field.
    var plainName: String { lowercased().filter { $0.isLetter || $0.isNumber } }

    /// `pet_id` and `petId` as pet and id.
    var nameParts: [String] {
        var parts: [String] = []
        var last: Character?
        for character in self {
            let isWord = character.isLetter || character.isNumber
            let isHump = character.isUppercase && last.map { $0.isLowercase || $0.isNumber } == true
            if isWord, isHump || parts.isEmpty || last.map({ !($0.isLetter || $0.isNumber) }) == true {
                parts.append("")
            }
            if isWord { parts[parts.count - 1] += character.lowercased() }
            last = character
        }
        return parts
    }

    /// A name that a scenario may have: words of ASCII letters and digits joined by `-`.
    var draftName: String {
        let words = nameParts.map { $0.filter { $0.isASCII } }.filter { !$0.isEmpty }
        let name = String(words.joined(separator: "-").prefix(60))
        let isTaken =
            Names.reserved.contains(name)
            || ["yes", "no", "on", "off", "true", "false", "null"].contains(name)
        guard let first = name.first, first.isLetter, !isTaken else {
            return "the-\(name.isEmpty ? "thing" : name)"
        }
        return name
    }

    /// What looks like a placeholder of a scenario is text of others.
    var withoutPlaceholders: String { contains("${{") ? replacing("${{", with: "$ {{") : self }

    /// One of many: `categories` is a category.
    var singular: String {
        let kept = ["ss", "us", "is", "news", "series"]
        if hasSuffix("ies"), count > 4 { return dropLast(3) + "y" }
        if ["sses", "shes", "ches", "xes", "zes", "uses"].contains(where: hasSuffix) {
            return String(dropLast(2))
        }
        return hasSuffix("s") && count > 2 && !kept.contains(where: hasSuffix) ? String(dropLast()) : self
    }
}
