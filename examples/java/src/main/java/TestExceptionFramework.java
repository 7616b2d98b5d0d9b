import java.util.Collections;
import org.apache.mesos.Protos.FrameworkID;
import org.apache.mesos.Protos.FrameworkInfo;
import org.apache.mesos.Protos.MasterInfo;
import org.apache.mesos.SchedulerDriver;

/** {@code test-exception-framework HOST:PORT}: throws once registered, which aborts its driver; ends with status 1. */
public final class TestExceptionFramework extends Quiet {
  public static void main(String[] arguments) {
    if (arguments.length != 1) {
      System.err.println("usage: test-exception-framework MASTER");
      System.exit(1);
    }
    FrameworkInfo framework = Examples.framework("Exception Framework (Java)", "exception-framework-java").build();
    Examples.run(Examples.driver(
        new TestExceptionFramework(), framework, Collections.<String>emptyList(), arguments[0]));
  }

  @Override
  public void registered(SchedulerDriver driver, FrameworkID id, MasterInfo master) {
    throw new ArrayIndexOutOfBoundsException();
  }
}
