// A folder with a service in a known framework, as the target of a draft.

import Core
import Histories

/// What a folder's files say of the service in it.
public struct ProjectFolder: Sendable {
    /// Files that `target` wants to read, where they are there.
    public static let telling = [
        "manage.py", "requirements.txt", "pyproject.toml", "Pipfile", "alembic.ini", "main.py", "app.py",
        "app/main.py",
        "src/main.py", "wsgi.py", "application.py", "app/__init__.py", "package.json", "server.js", "pom.xml",
        "build.gradle", "build.gradle.kts", "Gemfile", "config.ru", "prisma/schema.prisma",
        ".venv/bin/python", "venv/bin/python",
    ]
    private static let home = "${{ scenario.directory }}"

    /// Texts by path; what is no text, such as a program, is empty.
    private let files: [String: String]

    public init(files: [String: String]) { self.files = files }

    /// The framework's name and how a replica is started; `nil` where nothing is recognised.
    public var target: (framework: String, target: DraftTarget)? {
        let gems = files["Gemfile"] ?? ""
        if files["manage.py"] != nil { return ("Django", django) }
        if let (path, app) = python("FastAPI") { return ("FastAPI", fastAPI(path, app)) }
        if let (path, _) = python("Flask") { return ("Flask", flask(path)) }
        if gems.contains("rails") { return ("Rails", rails) }
        if let package = files["package.json"].flatMap({ try? JSON.parse($0.utf8) }),
            package["dependencies"]?["express"] != nil
        {
            return ("Express", express(package))
        }
        let builds = ["pom.xml", "build.gradle", "build.gradle.kts"].filter {
            files[$0]?.contains("spring-boot") == true
        }
        return builds.first.map { ("Spring Boot", spring($0)) }
    }

    /// A program of the folder's virtual environment, or the one in PATH.
    private func program(_ name: String) -> String {
        for folder in [".venv", "venv"] where files["\(folder)/bin/python"] != nil {
            return "./\(folder)/bin/\(name)"
        }
        return name == "python" ? "python3" : name
    }

    private func target(_ command: [String], _ environment: [(String, String)] = []) -> DraftTarget {
        var target = DraftTarget(command: command, urls: [], environment: environment)
        let needs = files.filter { !$0.key.hasSuffix(".py") }.values.joined()
        let isPostgres = [
            "psycopg", "asyncpg", "pg8000", "\"pg\"", "'pg'", "\"postgresql\"", "org.postgresql",
        ].contains {
            needs.contains($0)
        }
        target.database = isPostgres ? .postgresql : .either
        return target
    }

    // MARK: - Python

    /// The file that makes the application, and the variable that holds it.
    private func python(_ framework: String) -> (path: String, variable: String)? {
        for path in files.keys.sorted() where path.hasSuffix(".py") {
            for line in (files[path] ?? "").split(separator: "\n") where line.contains("\(framework)(") {
                let variable = line.prefix { $0 != "=" && $0 != ":" }.trimmed
                if variable.isVariable { return (path, variable) }
            }
        }
        return nil
    }

    private var django: DraftTarget {
        let manage = Self.home + "/manage.py"
        var target = target([program("python"), manage, "runserver", "--noreload", "127.0.0.1:${{ port }}"])
        target.environment = [
            ("DATABASE_URL", "${{ database.url }}"), ("DB_HOST", "${{ database.host }}"),
            ("DB_PORT", "${{ database.port }}"),
            ("DB_USER", "${{ database.user }}"), ("DB_NAME", "${{ database.name }}"),
        ]
        if target.database == .either { target.environment = [("DATABASE_URL", "${{ database.url }}")] }
        target.prepare = [[program("python"), manage, "migrate"]]
        target.edits.append(
            "`environment`: settings.py must take its database from these; see docs/database-urls.md.")
        return target
    }

    private func fastAPI(_ path: String, _ app: String) -> DraftTarget {
        let module = path.dropLast(3).replacing("/__init__", with: "").replacing("/", with: ".")
        var target = target(
            [program("uvicorn"), "--app-dir", Self.home, "\(module):\(app)", "--port", "${{ port }}"],
            Self.url)
        if files["alembic.ini"] != nil {
            target.prepare = [["env", "-C", Self.home, program("alembic").fromHome, "upgrade", "head"]]
        }
        return target
    }

    private func flask(_ path: String) -> DraftTarget {
        let app = Self.home + "/" + path
        var target = target([program("flask"), "--app", app, "run", "--port", "${{ port }}"], Self.url)
        let needs = (files["requirements.txt"] ?? "") + (files["pyproject.toml"] ?? "")
        if needs.lowercased().contains("flask-migrate") {
            target.prepare = [
                ["env", "-C", Self.home, program("flask").fromHome, "--app", path, "db", "upgrade"]
            ]
        }
        return target
    }

    private static let url = [("DATABASE_URL", "${{ database.url }}")]

    // MARK: - Others

    private var rails: DraftTarget {
        let command = ["env", "-C", Self.home, "bundle", "exec", "rails"]
        var target = target(
            command + [
                "server", "-b", "127.0.0.1", "-p", "${{ port }}", "-P", "${{ replica.directory }}/pid",
            ])
        let scheme = gemsHold("pg") ? "${{ database.url }}" : "sqlite3:${{ database.path }}"
        target.environment = [("DATABASE_URL", scheme)]
        target.database = gemsHold("pg") ? .postgresql : .sqlite
        target.prepare = [command + ["db:migrate"]]
        return target
    }

    private func gemsHold(_ name: String) -> Bool {
        let gems = files["Gemfile"] ?? ""
        return gems.contains("gem \"\(name)\"") || gems.contains("gem '\(name)'")
    }

    private func express(_ package: Value) -> DraftTarget {
        let scripts = package["scripts"]
        let start = scripts?["start"]?.text.map(ShellWords.split) ?? []
        let main = package["main"]?.text ?? (files["server.js"] == nil ? "index.js" : "server.js")
        let file = start.count == 2 && start[0] == "node" ? start[1] : scripts?["start"] == nil ? main : nil
        let command = file.map { ["node", Self.home + "/" + $0] } ?? ["npm", "--prefix", Self.home, "start"]
        var target = target(command, [("PORT", "${{ port }}")] + Self.url)
        if files["prisma/schema.prisma"] != nil {
            target.prepare = [["env", "-C", Self.home, "npx", "prisma", "migrate", "deploy"]]
        } else if let script = ["migrate", "db:migrate", "migration:run"].first(where: { scripts?[$0] != nil }
        ) {
            target.prepare = [["npm", "--prefix", Self.home, "run", script]]
        }
        target.edits.append("`environment`: the service must listen on PORT.")
        return target
    }

    private func spring(_ build: String) -> DraftTarget {
        let folder = build == "pom.xml" ? "target" : "build/libs"
        let make = build == "pom.xml" ? "mvn package" : "gradle bootJar"
        var target = target(
            ["java", "-jar", "\(Self.home)/\(folder)/app.jar", "--server.port=${{ port }}"],
            [
                (
                    "SPRING_DATASOURCE_URL",
                    "jdbc:postgresql://${{ database.host }}:${{ database.port }}/${{ database.name }}?user=${{ database.user }}"
                )
            ])
        target.database = .postgresql
        target.edits.append("`command`: \(make) makes the jar below \(folder); put its name there.")
        return target
    }
}

extension String {
    /// A program of the folder, for a command that runs in it.
    fileprivate var fromHome: String { hasPrefix("./") ? "${{ scenario.directory }}" + dropFirst(1) : self }
}
