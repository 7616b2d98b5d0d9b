package org.apache.mesos.libmesos;

import java.io.File;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.ServerSocket;
import java.net.URL;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Scanner;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One real master and one real agent, started on first use and ended with this JVM. */
final class Cluster {
  private static final Pattern ALLOCATIONS = Pattern.compile("\"allocator/mesos/allocation_runs\":(\\d+)");

  private static Cluster running;

  final String master;
  private final Path folder;
  private final List<Process> daemons = new ArrayList<>();

  static synchronized Cluster get() throws Exception {
    if (running == null) {
      running = new Cluster();
    }
    return running;
  }

  private Cluster() throws Exception {
    String programs = System.getenv("MESOS_BIN_DIR");
    if (programs == null) {
      throw new IllegalStateException("MESOS_BIN_DIR must name the folder of mesos-master and mesos-agent");
    }
    folder = Files.createTempDirectory("libmesos-java");
    Runtime.getRuntime().addShutdownHook(new Thread(this::end));
    int masterPort = freePort();
    int agentPort = freePort();
    master = "127.0.0.1:" + masterPort;
    start(programs, "mesos-master",
        "--ip=127.0.0.1", "--hostname=127.0.0.1", "--port=" + masterPort, "--work_dir=" + folder.resolve("master"),
        "--allocation_interval=100ms");
    awaitAt("the master", "http://" + master + "/health", "");
    start(programs, "mesos-agent",
        "--ip=127.0.0.1", "--hostname=127.0.0.1", "--port=" + agentPort, "--master=" + master,
        "--work_dir=" + folder.resolve("agent"), "--runtime_dir=" + folder.resolve("run"),
        "--fetcher_cache_dir=" + folder.resolve("cache"), "--launcher=posix", "--no-systemd_enable_support",
        "--registration_backoff_factor=10ms", "--resources=cpus:4;mem:4096;disk:4096;ports:[31000-31100]");
    awaitAt("the agent", "http://" + master + "/slaves", "\"active\":true");
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private void start(String programs, String program, String... flags) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(programs + File.separator + program);
    command.addAll(Arrays.asList(flags));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().keySet().removeIf(name -> name.startsWith("MESOS_") || name.startsWith("LIBPROCESS_"));
    builder.redirectErrorStream(true).redirectOutput(folder.resolve(program + ".log").toFile());
    daemons.add(builder.start());
  }

  private void awaitAt(String what, String address, String text) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!answers(address, text)) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException(what + " did not come up:\n" + logs());
      }
      Thread.sleep(20);
    }
  }

  private static boolean answers(String address, String text) {
    try {
      return read(address).contains(text);
    } catch (IOException notYet) {
      return false;
    }
  }

  private static String read(String address) throws IOException {
    HttpURLConnection connection = (HttpURLConnection) new URL(address).openConnection();
    try (Scanner body = new Scanner(connection.getInputStream(), "UTF-8").useDelimiter("\\A")) {
      return body.hasNext() ? body.next() : "";
    }
  }

  /** What the master answers to a GET. */
  String ask(String path) throws IOException {
    return read("http://" + master + path);
  }

  /** Waits until what the master answers to a GET has a text in it. */
  void await(String what, String path, String text) throws Exception {
    awaitAt(what, "http://" + master + path, text);
  }

  /** Waits for so many more runs of the allocator. */
  void awaitAllocations(int more) throws Exception {
    long before = allocations();
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (allocations() < before + more) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException("the allocator does not run");
      }
      Thread.sleep(20);
    }
  }

  private long allocations() throws IOException {
    Matcher runs = ALLOCATIONS.matcher(ask("/metrics/snapshot"));
    if (!runs.find()) {
      throw new IOException("the master does not count the allocator's runs");
    }
    return Long.parseLong(runs.group(1));
  }

  /** Logs for a message; a JVM that only uses another's cluster must not start its own for them. */
  static synchronized String logsIfRunning() {
    return running == null ? "" : running.logs();
  }

  String logs() {
    StringBuilder all = new StringBuilder();
    for (String program : new String[] {"mesos-master", "mesos-agent"}) {
      try {
        List<String> lines = Files.readAllLines(folder.resolve(program + ".log"));
        int from = Math.max(0, lines.size() - 40);
        all.append("--- ").append(program).append('\n').append(String.join("\n", lines.subList(from, lines.size())));
        all.append('\n');
      } catch (IOException missing) {
        all.append("--- ").append(program).append(" left no log\n");
      }
    }
    return all.toString();
  }

  private void end() {
    leave();
    for (Process daemon : daemons) {
      daemon.destroyForcibly();
    }
    try {
      for (Process daemon : daemons) {
        daemon.waitFor(5, TimeUnit.SECONDS);
      }
      delete(folder);
    } catch (IOException | InterruptedException left) {
      System.err.println("Left behind: " + folder + " (" + left + ")");
    }
  }

  /** Asks the agent to leave: it ends its executors, those of checkpointing frameworks as well. */
  private void leave() {
    if (daemons.size() < 2 || !daemons.get(1).isAlive()) {
      return;
    }
    Process agent = daemons.get(1);
    try {
      new ProcessBuilder("kill", "-USR1", String.valueOf(pid(agent))).start().waitFor();
      agent.waitFor(5, TimeUnit.SECONDS);
    } catch (IOException | InterruptedException | ReflectiveOperationException unasked) {
      System.err.println("The agent could not be asked to leave: " + unasked);
    }
  }

  /** Process.pid() came with Java 9; before, the class of Unix has it in a field. */
  private static long pid(Process process) throws ReflectiveOperationException {
    try {
      return (Long) Process.class.getMethod("pid").invoke(process);
    } catch (NoSuchMethodException old) {
      java.lang.reflect.Field field = process.getClass().getDeclaredField("pid");
      field.setAccessible(true);
      return field.getInt(process);
    }
  }

  private static void delete(Path folder) throws IOException {
    Files.walkFileTree(folder, new SimpleFileVisitor<Path>() {
      @Override
      public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
        Files.delete(file);
        return FileVisitResult.CONTINUE;
      }

      @Override
      public FileVisitResult postVisitDirectory(Path visited, IOException error) throws IOException {
        Files.delete(visited);
        return FileVisitResult.CONTINUE;
      }
    });
  }
}
