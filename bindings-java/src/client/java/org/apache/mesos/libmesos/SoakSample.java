package org.apache.mesos.libmesos;

import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToLongFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.ObjectName;

/** What the process occupies while nobody does anything. */
final class SoakSample {
  /** The heap and the code of the program have their size after this part of all samples. */
  private static final int WARM_UP = 5;
  private static final int COMPARED = 3;
  /** Threads and descriptors of connections that end in their own time. */
  private static final long COUNT_SLACK = 6;
  /** What allocators, the compilers of the JVM and its tables may still take, in kB. */
  private static final long RSS_SLACK = 8 * 1024;
  private static final long NMT_SLACK = 6 * 1024;
  private static final Pattern COMMITTED = Pattern.compile("- +([\\w ]+) \\(reserved=\\d+KB, committed=(\\d+)KB");
  /**
   * What the compilers take while they work is up and down by many megabytes; and Java 17 counts the stacks of threads
   * that have detached for ever. Threads are counted by the kernel's list instead.
   */
  private static final List<String> NOT_COUNTED = Arrays.asList("Compiler", "Arena Chunk", "Thread");

  private final int drivers;
  private final long rss;
  private final long nmt;
  private final long threads;
  private final long files;

  private SoakSample(int drivers, long rss, long nmt, long threads, long files) {
    this.drivers = drivers;
    this.rss = rss;
    this.nmt = nmt;
    this.threads = threads;
    this.files = files;
  }

  static void header() {
    System.out.printf("soak %8s %10s %10s %8s %6s%n", "drivers", "RSS kB", "NMT kB", "threads", "files");
  }

  static SoakSample take(int drivers) throws Exception {
    SoakSample sample = new SoakSample(
        drivers, status("VmRSS"), committed(), status("Threads"), new File("/proc/self/fd").list().length);
    System.out.printf("soak %8d %10d %10d %8d %6d%n",
        sample.drivers, sample.rss, sample.nmt, sample.threads, sample.files);
    return sample;
  }

  /** A number of /proc/self/status. */
  private static long status(String name) throws IOException {
    for (String line : Files.readAllLines(Paths.get("/proc/self/status"))) {
      if (line.startsWith(name + ":")) {
        return Long.parseLong(line.replaceAll("\\D", ""));
      }
    }
    throw new IOException("no " + name);
  }

  /** What the JVM itself has committed, by its native memory tracking, if {@code -Dsoak.nmt=true} says that it is on. */
  private static long committed() throws Exception {
    if (!Boolean.getBoolean("soak.nmt")) {
      return 0;
    }
    Object text = ManagementFactory.getPlatformMBeanServer().invoke(
        new ObjectName("com.sun.management:type=DiagnosticCommand"),
        "vmNativeMemory",
        new Object[] {new String[] {"summary"}},
        new String[] {String[].class.getName()});
    long sum = 0;
    Matcher category = COMMITTED.matcher(text.toString());
    while (category.find()) {
      sum += NOT_COUNTED.contains(category.group(1)) ? 0 : Long.parseLong(category.group(2));
    }
    if (sum == 0) {
      throw new IllegalStateException("native memory tracking is off: " + text);
    }
    return sum;
  }

  /** Threads on which callbacks of drivers run. */
  static int driverThreads() throws IOException {
    int found = 0;
    for (String task : new File("/proc/self/task").list()) {
      Path name = Paths.get("/proc/self/task", task, "comm");
      try {
        found += new String(Files.readAllBytes(name)).matches("mesos-(scheduler|v1)\\s*") ? 1 : 0;
      } catch (IOException gone) {
        continue;
      }
    }
    return found;
  }

  /**
   * Whether the smallest of the last samples is no bigger than the smallest of the first ones after the warm-up, but
   * for the slack. The compilers' memory comes and goes; what leaks stays.
   */
  static boolean areFlat(List<SoakSample> samples) {
    return isFlat("RSS", samples, sample -> sample.rss, RSS_SLACK)
        & isFlat("NMT", samples, sample -> sample.nmt, NMT_SLACK)
        & isFlat("threads", samples, sample -> sample.threads, COUNT_SLACK)
        & isFlat("files", samples, sample -> sample.files, COUNT_SLACK);
  }

  private static boolean isFlat(
      String what, List<SoakSample> samples, ToLongFunction<SoakSample> value, long slack) {
    long early = least(samples.subList(WARM_UP, WARM_UP + COMPARED), value);
    long late = least(samples.subList(samples.size() - COMPARED, samples.size()), value);
    boolean isFlat = late <= early + slack;
    System.out.printf("soak %s: %d, then %d: %s%n", what, early, late, isFlat ? "flat" : "GROWS");
    return isFlat;
  }

  private static long least(List<SoakSample> samples, ToLongFunction<SoakSample> value) {
    return samples.stream().mapToLong(value).min().orElseThrow(IllegalStateException::new);
  }
}
