// How a service is started, as compose files and folders of known frameworks tell it.

import Scenarios
import Testing

@testable import Drafting

@Suite struct TargetTests {
    /// The target as it stands in a valid scenario.
    private static func text(_ target: DraftTarget) throws -> String {
        let text = ScenarioTemplate(name: "x", target: target).text
        _ = try ScenarioFile(text: text, path: "draft.yaml") { _ in "" }
        #expect(!text.contains("\n\n\n"))
        return target.text
    }

    private static func composed(
        _ text: String, service: String? = nil, files: [String: String] = [:]
    ) throws -> DraftTarget {
        try .compose(text, file: "compose.yaml", service: service) { files[$0] }
    }

    private static let shop = """
        services:
          api:
            build: { context: ./api, dockerfile: Dev.Dockerfile }
            command: gunicorn shop:app --bind 0.0.0.0:${HTTP_PORT:-8000}
            ports: ["127.0.0.1:9000:8000/tcp"]
            environment:
              DATABASE_URL: postgresql+psycopg2://shop:word-in-clear@db:5432/shop
              DB_HOST: db
              DB_PORT: 5432
              DB_USER: shop
              DB_PASSWORD: ${SHOP_PASSWORD}
              DB_NAME: shop_data
              LOG_LEVEL: ${LOG_LEVEL:-info}
              MAIL_TOKEN:
            depends_on: [db, cache]
          db: { image: "docker.io/postgres:17", environment: [POSTGRES_USER=shop, POSTGRES_DB=shop_data] }
          cache: { image: redis }
        """

    @Test func aComposeFileTellsCommandEnvironmentPortAndDatabase() throws {
        let target = try Self.composed(Self.shop)
        let text = try Self.text(target)
        #expect(text.contains(#"command: ["gunicorn", "shop:app", "--bind", "0.0.0.0:${{ port }}"]"#))
        let url = "${{ database.user }}@${{ database.host }}:${{ database.port }}/${{ database.name }}"
        #expect(text.contains("DATABASE_URL: \"postgresql+psycopg2://\(url)\""))
        #expect(
            text.contains(#"DB_HOST: "${{ database.host }}""#)
                && text.contains(#"DB_PORT: "${{ database.port }}""#))
        #expect(
            text.contains(#"DB_USER: "${{ database.user }}""#)
                && text.contains(#"DB_NAME: "${{ database.name }}""#))
        #expect(
            text.contains(#"LOG_LEVEL: "info""#) && text.contains(#"MAIL_TOKEN: "${{ env.MAIL_TOKEN }}""#))
        #expect(text.contains("postgresql: {}") && text.contains("# Not started: cache of compose.yaml."))
        _ = try Self.text(Self.composed(Self.shop.replacing("${LOG_LEVEL:-info}", with: "${${{ x }}")))
        #expect(!text.contains("word-in-clear"))
        #expect(
            target.edits == [
                "`command`: it ran in a container. Its program and its files must be on this machine too."
            ])
    }

    @Test func aDockerfileTellsWhatTheComposeFileDoesNot() throws {
        let text = """
            services: { api: { build: ./api, environment: { DATABASE_URL: "postgres://a:b@db/x" } }, db: { image: postgres } }
            """
        let file =
            "FROM x\nEXPOSE 3000/tcp\nENTRYPOINT [\"node\"]\nCMD [ \"server.js\", \\\n \"--port=3000\" ]\n"
        let target = try Self.composed(text, files: ["./api/Dockerfile": file])
        let shown = try Self.text(target)
        #expect(shown.contains(#"command: ["node", "server.js", "--port=${{ port }}"]"#))
        #expect(shown.contains(#"DATABASE_URL: "${{ database.url }}""#))
        let silent = try Self.composed(text, files: ["./api/Dockerfile": "CMD serve"])
        #expect(try Self.text(silent).contains(#"["sh", "-c", "serve"]"#))
        #expect(silent.edits.contains { $0.contains("nothing tells the service its port") })
    }

    @Test func aServiceBehindTLSNamesItsAuthority() throws {
        let url = "https://127.0.0.1:8443"
        #expect(DraftTarget.urls([url], authorities: "/x/ca.pem").text.contains("tls: { ca: \"/x/ca.pem\" }"))
        #expect(DraftTarget.urls([url]).text.contains("# tls: { ca: ca.pem }"))
        #expect(!DraftTarget.urls(["http://127.0.0.1:80"]).text.contains("tls"))
    }

    @Test func aServiceThatNeedsItsContainerIsReachedByItsPort() throws {
        let target = try Self.composed(
            "services: { api: { image: shop, ports: [\"8080:80\"] }, db: { image: postgres } }")
        #expect(try Self.text(target).contains(#"urls: ["http://127.0.0.1:8080"]"#))
        #expect(target.edits.contains { $0.contains("one address for each replica") })
    }

    @Test(arguments: [
        ("a: [", nil, "cannot be read"), ("version: 3", nil, "it has no services"),
        ("services: { a: { build: . }, b: { build: . } }", nil, "choose one with --service: a and b"),
        ("services: { a: { build: . } }", "c", "has no service c; there are a"),
        ("services: { a: { image: x } }", nil, "neither a command that could run without its container nor"),
    ])
    func whatIsNoServiceIsRefused(text: String, service: String?, sentence: String) {
        #expect { try Self.composed(text, service: service) } throws: { "\($0)".contains(sentence) }
    }

    @Test(arguments: [
        (
            ["manage.py": "", "requirements.txt": "django\npsycopg", "venv/bin/python": ""], "Django",
            #"command: ["./venv/bin/python", "${{ scenario.directory }}/manage.py", "runserver", "--noreload", "127.0.0.1:${{ port }}"]"#,
            #"["./venv/bin/python", "${{ scenario.directory }}/manage.py", "migrate"]"#
        ),
        (
            ["app/main.py": "from fastapi import FastAPI\nshop: FastAPI = FastAPI()\n", "alembic.ini": ""],
            "FastAPI",
            #"["uvicorn", "--app-dir", "${{ scenario.directory }}", "app.main:shop", "--port", "${{ port }}"]"#,
            #"["env", "-C", "${{ scenario.directory }}", "alembic", "upgrade", "head"]"#
        ),
        (
            ["app.py": "app = Flask(__name__)", "requirements.txt": "Flask-Migrate"], "Flask",
            #"["flask", "--app", "${{ scenario.directory }}/app.py", "run", "--port", "${{ port }}"]"#,
            #""flask", "--app", "app.py", "db", "upgrade"]"#
        ),
        (
            [
                "package.json":
                    #"{"dependencies":{"express":"5","pg":"8"},"scripts":{"start":"node src/server.js","migrate":"x"}}"#
            ],
            "Express", #"["node", "${{ scenario.directory }}/src/server.js"]"#, #""run", "migrate"]"#
        ),
        (
            ["Gemfile": "gem 'rails'\ngem \"pg\""], "Rails",
            #""rails", "server", "-b", "127.0.0.1", "-p", "${{ port }}""#,
            #""rails", "db:migrate"]"#
        ),
        (
            ["pom.xml": "<parent>spring-boot-starter-parent</parent>"], "Spring Boot",
            #""--server.port=${{ port }}"]"#,
            "SPRING_DATASOURCE_URL: \"jdbc:postgresql://"
        ),
    ])
    func aFolderTellsItsFramework(files: [String: String], framework: String, command: String, other: String)
        throws
    {
        let found = try #require(ProjectFolder(files: files).target)
        let text = try Self.text(found.target)
        #expect(found.framework == framework && text.contains(command) && text.contains(other), "\(text)")
        let isPostgres = text.contains("postgresql: {}                          #")
        #expect(isPostgres == ["Django", "Express", "Rails", "Spring Boot"].contains(framework))
    }

    @Test func anyOtherFolderTellsNothing() {
        #expect(
            ProjectFolder(files: ["main.py": "x = 1", "package.json": "{}", "Gemfile": ""]).target == nil)
    }
}
