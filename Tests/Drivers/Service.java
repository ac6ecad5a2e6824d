// The service of JDBC: `Service PORT`, with DATABASE_URL.

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.postgresql.PGConnection;

public class Service {
    static final Map<String, String> statements = new HashMap<>();
    static final Pattern place = Pattern.compile(":(key|owner)");

    /** A connection of its own for each thread; it stays open. */
    static final ThreadLocal<Connection> connection = ThreadLocal.withInitial(() -> {
        URI address = URI.create(System.getenv("DATABASE_URL"));
        String[] user = address.getUserInfo().split(":");
        try {
            return DriverManager.getConnection("jdbc:postgresql://" + address.getHost() + ":" + address.getPort()
                + address.getPath(), user[0], user.length > 1 ? user[1] : null);
        } catch (SQLException error) {
            throw new IllegalStateException(error);
        }
    });

    static PreparedStatement prepare(String name) throws SQLException {
        return connection.get().prepareStatement(place.matcher(statements.get(name)).replaceAll("?"));
    }

    static void bind(PreparedStatement statement, String name, String key, String owner) throws SQLException {
        Matcher places = place.matcher(statements.get(name));
        for (int index = 1; places.find(); index++) {
            statement.setString(index, places.group(1).equals("key") ? key : owner);
        }
    }

    static int change(String name, String key, String owner) throws SQLException {
        try (PreparedStatement statement = prepare(name)) {
            bind(statement, name, key, owner);
            return statement.executeUpdate();
        }
    }

    static long count(String name, String key) throws SQLException {
        try (PreparedStatement statement = prepare(name)) {
            bind(statement, name, key, null);
            ResultSet rows = statement.executeQuery();
            rows.next();
            return rows.getLong(1);
        }
    }

    static boolean batch(String key, String owner) throws SQLException {
        try (PreparedStatement statement = prepare("single")) {
            for (String each : new String[] {key, key + "-2"}) {
                bind(statement, "single", each, owner);
                statement.addBatch();
            }
            int[] changed = statement.executeBatch();
            return changed[0] + changed[1] > 0;
        }
    }

    /**
     * Whether a sleep of 30 seconds ends by a cancel, and the connection is of use afterwards.
     *
     * <p>PostgreSQL signals twice (the process, then its group), so the cancel has to end before the next statement.
     */
    static boolean cancel() throws SQLException {
        PreparedStatement statement = prepare("sleep");
        Thread canceller = new Thread(() -> {
            try {
                Thread.sleep(100);
                statement.cancel();
            } catch (InterruptedException | SQLException error) {
                error.printStackTrace();
            }
        });
        canceller.start();
        boolean isEnded = false;
        try (statement) {
            statement.executeQuery();
        } catch (SQLException error) {
            isEnded = error.getSQLState().equals("57014");
        }
        try {
            canceller.join();
        } catch (InterruptedException error) {
            return false;
        }
        return isEnded && count("count", "nothing") == 0;
    }

    static void copy(String key, String owner) throws SQLException {
        StringReader row = new StringReader(key + "\t" + owner + "\n");
        try {
            connection.get().unwrap(PGConnection.class).getCopyAPI().copyIn("COPY claims (key, owner) FROM STDIN", row);
        } catch (IOException error) {
            throw new SQLException(error);
        }
    }

    static boolean claim(String mode, String key, String owner) throws SQLException {
        if (mode.equals("batch")) return batch(key, owner);
        if (mode.equals("cancel")) return cancel();
        if (!mode.equals("check") && !mode.equals("copy")) return change(mode, key, owner) == 1;
        connection.get().setAutoCommit(false);
        try {
            boolean free = count("look", key) == 0;
            if (free && mode.equals("check")) change("insert", key, owner);
            else if (free) copy(key, owner);
            connection.get().commit();
            return free;
        } finally {
            connection.get().setAutoCommit(true);
        }
    }

    static void handle(HttpExchange exchange) throws IOException {
        String[] parts = exchange.getRequestURI().getPath().substring(1).split("/");
        int status = 200;
        String body = "{}";
        try {
            if (exchange.getRequestMethod().equals("POST")) {
                status = claim(parts[0], parts[1], parts[2]) ? 201 : 409;
            } else if (!parts[0].equals("health")) {
                body = "{\"count\": " + count("count", parts[0]) + "}";
            }
        } catch (SQLException | IllegalStateException error) {
            error.printStackTrace();
            status = 500;
        }
        exchange.getRequestBody().readAllBytes();
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    public static void main(String[] arguments) throws IOException {
        try (InputStream file = Service.class.getResourceAsStream("/statements.txt")) {
            for (String line : new String(file.readAllBytes(), StandardCharsets.UTF_8).strip().split("\n")) {
                String[] parts = line.split(": ", 2);
                statements.put(parts[0], parts[1]);
            }
        }
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", Integer.parseInt(arguments[0])), 64);
        server.createContext("/", Service::handle);
        server.setExecutor(Executors.newCachedThreadPool());
        server.start();
    }
}
