package org.apache.mesos.libmesos;

import com.google.protobuf.MessageLite;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.mesos.Protos.Status;

/**
 * The Java puppet of the scenario suite: connects to 127.0.0.1:PORT, makes the driver calls that it is told to make and
 * tells every callback. It decides nothing.
 *
 * <p>Usage: {@code Puppet scheduler|executor PORT}. A line is words with one blank between them; a word is an integer,
 * the hexadecimal of bytes (none: no bytes), a list {@code [hex,hex]}, or {@code -} for what is absent.
 */
public final class Puppet {
  private final BufferedReader in;
  private final BufferedWriter out;
  private String doomed = "";

  private Puppet(Socket socket) throws IOException {
    in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
    out = new BufferedWriter(new OutputStreamWriter(socket.getOutputStream(), StandardCharsets.US_ASCII));
  }

  /** What is told to a driver of either kind. */
  interface Kind {
    /** Whether there is an answer: the status, or null for those that have none. */
    Status call(String[] words) throws Exception;

    Status join();
  }

  public static void main(String[] arguments) throws Exception {
    try (Socket socket = new Socket("127.0.0.1", Integer.parseInt(arguments[1]))) {
      socket.setTcpNoDelay(true);
      Puppet puppet = new Puppet(socket);
      puppet.send("hello " + arguments[0]);
      puppet.obey(arguments[0].equals("executor") ? new PuppetExecutor(puppet) : new PuppetScheduler(puppet));
    }
    System.exit(0);
  }

  private void obey(Kind driver) throws IOException {
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] words = line.split(" ", -1);
      switch (words[0]) {
        case "quit":
          return;
        case "throw":
          doom(words[1]);
          answer("throw", null);
          break;
        case "join":
          Thread thread = new Thread(() -> answer("join", driver.join()));
          thread.setDaemon(true);
          thread.start();
          break;
        default:
          call(driver, words);
      }
    }
  }

  private void call(Kind driver, String[] words) {
    try {
      answer(words[0], driver.call(words));
    } catch (Exception | LinkageError thrown) {
      send("! " + words[0] + " " + hex(String.valueOf(thrown).getBytes(StandardCharsets.UTF_8)));
    }
  }

  private void answer(String name, Status status) {
    send("= " + name + " " + (status == null ? 0 : status.getNumber()));
  }

  private synchronized void send(String line) {
    try {
      out.write(line);
      out.write('\n');
      out.flush();
    } catch (IOException gone) {
      throw new UncheckedIOException(gone);
    }
  }

  private synchronized void doom(String callback) {
    doomed = callback;
  }

  private synchronized boolean isDoomed(String callback) {
    boolean is = doomed.equals(callback);
    if (is) {
      doomed = "";
    }
    return is;
  }

  /** Tells a callback, and throws if that was asked for. */
  void tell(String callback, Object... arguments) {
    StringBuilder line = new StringBuilder("> ").append(callback);
    for (Object argument : arguments) {
      line.append(' ').append(word(argument));
    }
    send(line.toString());
    if (isDoomed(callback)) {
      throw new IllegalStateException("asked for by the suite");
    }
  }

  private static String word(Object value) {
    if (value == null) {
      return "-";
    }
    if (value instanceof MessageLite) {
      return hex(((MessageLite) value).toByteArray());
    }
    if (value instanceof byte[]) {
      return hex((byte[]) value);
    }
    if (value instanceof String) {
      return hex(((String) value).getBytes(StandardCharsets.UTF_8));
    }
    if (value instanceof List) {
      List<String> words = new ArrayList<>();
      for (Object item : (List<?>) value) {
        words.add(word(item));
      }
      return "[" + String.join(",", words) + "]";
    }
    return value.toString();
  }

  private static String hex(byte[] bytes) {
    StringBuilder text = new StringBuilder(bytes.length * 2);
    for (byte b : bytes) {
      text.append(Character.forDigit(b >> 4 & 15, 16)).append(Character.forDigit(b & 15, 16));
    }
    return text.toString();
  }

  /** The words of one request. */
  static final class Arguments {
    /** Makes a message of bytes. */
    interface Parser<T> {
      T parse(byte[] bytes) throws Exception;
    }

    private final String[] words;

    Arguments(String[] words) {
      this.words = words;
    }

    boolean has(int at) {
      return at < words.length && !words[at].equals("-");
    }

    byte[] bytes(int at) {
      return decoded(words[at]);
    }

    String text(int at) {
      return new String(bytes(at), StandardCharsets.UTF_8);
    }

    boolean isTrue(int at) {
      return has(at) && !words[at].equals("0");
    }

    <T> T message(int at, Parser<T> parser) throws Exception {
      return parser.parse(has(at) ? bytes(at) : new byte[0]);
    }

    <T> List<T> messages(int at, Parser<T> parser) throws Exception {
      List<T> found = new ArrayList<>();
      if (!has(at) || words[at].equals("[]")) {
        return found;
      }
      for (String word : words[at].substring(1, words[at].length() - 1).split(",", -1)) {
        found.add(parser.parse(decoded(word)));
      }
      return found;
    }

    List<String> texts(int at) throws Exception {
      return messages(at, bytes -> new String(bytes, StandardCharsets.UTF_8));
    }

    private static byte[] decoded(String hex) {
      byte[] bytes = new byte[hex.length() / 2];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = (byte) Integer.parseInt(hex.substring(2 * i, 2 * i + 2), 16);
      }
      return bytes;
    }
  }

  /** Calls the protected {@code finalize()} of a driver. */
  static void free(Object driver) throws ReflectiveOperationException {
    java.lang.reflect.Method finalize = driver.getClass().getDeclaredMethod("finalize");
    finalize.setAccessible(true);
    finalize.invoke(driver);
  }
}
