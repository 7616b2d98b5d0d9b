package org.apache.mesos.libmesos;

import org.apache.mesos.MesosSchedulerDriver;
import org.apache.mesos.Protos.FrameworkID;
import org.apache.mesos.Protos.FrameworkInfo;
import org.apache.mesos.Protos.Offer;
import org.apache.mesos.Protos.TaskState;

/** A framework in a JVM of its own that starts one long task, says its id and waits to be killed. */
final class DoomedFramework {
  static final String TASK = "survivor";
  static final String SAYS = "framework ";

  private DoomedFramework() {}

  static FrameworkInfo surviving() {
    return Framework.info().setFailoverTimeout(60).setCheckpoint(true).build();
  }

  public static void main(String[] arguments) throws Exception {
    Framework framework = new Framework();
    MesosSchedulerDriver driver = new MesosSchedulerDriver(framework, surviving(), arguments[0]);
    driver.start();
    FrameworkID id = framework.awaitRegistered();
    Offer offer = framework.awaitOffer();
    Framework.launch(driver, offer, Framework.command(TASK, offer, "sleep 1000"));
    framework.awaitStatus(TASK, TaskState.TASK_RUNNING);
    System.out.println(SAYS + id.getValue());
    driver.join();
  }
}
