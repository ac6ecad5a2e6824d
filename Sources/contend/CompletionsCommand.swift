// `contend completions`: what a shell needs to complete contend's verbs and flags.

import ArgumentParser

struct CompletionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completions", abstract: "Prints the completion script of a shell.",
        discussion: "For bash, for instance: contend completions bash > ~/.bash_completion.d/contend")

    enum Shell: String, ExpressibleByArgument, CaseIterable { case bash, zsh, fish }

    @Argument(help: "bash, zsh or fish.")
    var shell: Shell

    func run() throws {
        let script =
            switch shell {
            case .bash: ContendCommand.completionScript(for: .bash)
            case .zsh: ContendCommand.completionScript(for: .zsh)
            case .fish: ContendCommand.completionScript(for: .fish)
            }
        Console.showOwn(script + "\n")
    }
}
