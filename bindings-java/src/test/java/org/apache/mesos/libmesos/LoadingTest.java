package org.apache.mesos.libmesos;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.io.File;
import java.util.Scanner;
import java.util.concurrent.TimeUnit;
import org.apache.mesos.MesosSchedulerDriver;
import org.junit.Test;

/** Each test starts a JVM of its own. */
public class LoadingTest {
  /** Starts a driver and returns from main. */
  public static final class Main {
    public static void main(String[] arguments) {
      MesosSchedulerDriver driver =
          new MesosSchedulerDriver(new Framework(), Framework.info().build(), "127.0.0.1:1");
      System.out.println(driver.start());
    }
  }

  private static String run(String library, int expectedStatus) throws Exception {
    String java = System.getProperty("java.home") + File.separator + "bin" + File.separator + "java";
    ProcessBuilder builder =
        new ProcessBuilder(java, "-cp", System.getProperty("java.class.path"), Main.class.getName());
    builder.environment().remove("MESOS_NATIVE_JAVA_LIBRARY");
    builder.environment().remove("MESOS_NATIVE_LIBRARY");
    if (library != null) {
      builder.environment().put("MESOS_NATIVE_JAVA_LIBRARY", library);
    }
    Process process = builder.redirectErrorStream(true).start();
    try (Scanner output = new Scanner(process.getInputStream(), "UTF-8").useDelimiter("\\A")) {
      String text = output.hasNext() ? output.next() : "";
      assertTrue(text, process.waitFor(20, TimeUnit.SECONDS));
      assertEquals(text, expectedStatus, process.exitValue());
      return text;
    }
  }

  @Test
  public void withoutTheVariableTheLibraryIsNotFound() throws Exception {
    String output = run(null, 1);
    assertTrue(output, output.contains("UnsatisfiedLinkError"));
    assertTrue(output, output.contains("Failed to load native Mesos library"));
  }

  @Test
  public void aWrongPathIsNamed() throws Exception {
    String output = run("/nonexistent/libmesos.so", 1);
    assertTrue(output, output.contains("Can't load library: /nonexistent/libmesos.so"));
  }

  @Test
  public void aRunningDriverDoesNotKeepTheJvmAlive() throws Exception {
    String output = run(System.getenv("MESOS_NATIVE_JAVA_LIBRARY"), 0);
    assertTrue(output, output.contains("DRIVER_RUNNING"));
  }
}
