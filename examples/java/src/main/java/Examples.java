import com.google.protobuf.ByteString;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.mesos.MesosSchedulerDriver;
import org.apache.mesos.Protos.CommandInfo;
import org.apache.mesos.Protos.Credential;
import org.apache.mesos.Protos.Environment;
import org.apache.mesos.Protos.FrameworkInfo;
import org.apache.mesos.Protos.Offer;
import org.apache.mesos.Protos.Resource;
import org.apache.mesos.Protos.Status;
import org.apache.mesos.Protos.Value;
import org.apache.mesos.Scheduler;

/** What the example frameworks share: flags, credentials, resources, commands of executors. */
final class Examples {
  private Examples() {}

  /** The values of {@code --name=value} arguments over defaults; an unknown name ends the program. */
  static Map<String, String> flags(String[] arguments, String... defaults) {
    Map<String, String> flags = new LinkedHashMap<>();
    for (int i = 0; i < defaults.length; i += 2) {
      flags.put(defaults[i], defaults[i + 1]);
    }
    for (String argument : arguments) {
      int equals = argument.indexOf('=');
      String name = argument.startsWith("--") ? argument.substring(2, equals < 0 ? argument.length() : equals) : "";
      if (!flags.containsKey(name)) {
        usage(flags, "unknown argument " + argument);
      }
      flags.put(name, equals < 0 ? "true" : argument.substring(equals + 1));
    }
    if (flags.get("master").isEmpty()) {
      usage(flags, "--master is missing");
    }
    return flags;
  }

  private static void usage(Map<String, String> flags, String complaint) {
    System.err.println(complaint);
    for (Map.Entry<String, String> flag : flags.entrySet()) {
      System.err.println("  --" + flag.getKey() + "=" + (flag.getValue().isEmpty() ? "VALUE" : flag.getValue()));
    }
    System.exit(1);
  }

  static boolean isSet(String variable) {
    return System.getenv(variable) != null;
  }

  /** Name, principal (of MESOS_EXAMPLE_PRINCIPAL or the default) and checkpointing (MESOS_EXAMPLE_CHECKPOINT). */
  static FrameworkInfo.Builder framework(String name, String defaultPrincipal) {
    FrameworkInfo.Builder framework = FrameworkInfo.newBuilder().setUser("").setName(name);
    String principal = System.getenv("MESOS_EXAMPLE_PRINCIPAL");
    framework.setPrincipal(principal == null ? defaultPrincipal : principal);
    if (isSet("MESOS_EXAMPLE_CHECKPOINT")) {
      framework.setCheckpoint(true);
    }
    return framework;
  }

  static boolean isExplicit() {
    return isSet("MESOS_EXPLICIT_ACKNOWLEDGEMENTS");
  }

  /** With the credential of MESOS_EXAMPLE_PRINCIPAL and MESOS_EXAMPLE_SECRET, if there is one. */
  static MesosSchedulerDriver driver(
      Scheduler scheduler, FrameworkInfo framework, List<String> suppressedRoles, String master) {
    if (isExplicit()) {
      System.out.println("Enabling explicit acknowledgements for status updates");
    }
    boolean isImplicit = !isExplicit();
    String secret = System.getenv("MESOS_EXAMPLE_SECRET");
    if (secret == null) {
      return new MesosSchedulerDriver(scheduler, framework, suppressedRoles, master, isImplicit);
    }
    Credential credential =
        Credential.newBuilder().setPrincipal(framework.getPrincipal()).setSecret(secret).build();
    return new MesosSchedulerDriver(scheduler, framework, suppressedRoles, master, isImplicit, credential);
  }

  /** Runs until the driver ends; the exit status says whether it was stopped in good order. */
  static void run(MesosSchedulerDriver driver) {
    Status status = driver.run();
    // Ends the driver's thread also when it was aborted.
    driver.stop();
    System.exit(status == Status.DRIVER_STOPPED ? 0 : 1);
  }

  /** A script beside this build, with what a JVM under an agent needs to know. */
  static CommandInfo executor(String script) {
    Environment.Builder environment = Environment.newBuilder();
    String[] names = {
      "MESOS_NATIVE_JAVA_LIBRARY", "MESOS_EXAMPLES_CLASS_PATH", "JAVA_HOME", "PATH"
    };
    for (String name : names) {
      if (isSet(name)) {
        environment.addVariables(
            Environment.Variable.newBuilder().setName(name).setValue(System.getenv(name)));
      }
    }
    return CommandInfo.newBuilder()
        .setValue(System.getProperty("mesos.examples") + "/" + script)
        .setEnvironment(environment)
        .build();
  }

  static Resource scalar(String name, double value) {
    return Resource.newBuilder()
        .setName(name)
        .setType(Value.Type.SCALAR)
        .setScalar(Value.Scalar.newBuilder().setValue(value))
        .build();
  }

  /** How much of a scalar resource an offer has. */
  static double offered(Offer offer, String name) {
    double sum = 0;
    for (Resource resource : offer.getResourcesList()) {
      if (resource.getName().equals(name)) {
        sum += resource.getScalar().getValue();
      }
    }
    return sum;
  }

  static ByteString bytes(String text) {
    return ByteString.copyFromUtf8(text);
  }
}
