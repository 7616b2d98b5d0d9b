import java.util.List;
import org.apache.mesos.Protos.ExecutorID;
import org.apache.mesos.Protos.FrameworkID;
import org.apache.mesos.Protos.MasterInfo;
import org.apache.mesos.Protos.Offer;
import org.apache.mesos.Protos.OfferID;
import org.apache.mesos.Protos.SlaveID;
import org.apache.mesos.Protos.TaskStatus;
import org.apache.mesos.Scheduler;
import org.apache.mesos.SchedulerDriver;

/** A scheduler that says what went wrong and ignores the rest; examples override what they need. */
class Quiet implements Scheduler {
  @Override
  public void registered(SchedulerDriver driver, FrameworkID id, MasterInfo master) {
    System.out.println("Registered! ID = " + id.getValue());
  }

  @Override
  public void reregistered(SchedulerDriver driver, MasterInfo master) {}

  @Override
  public void disconnected(SchedulerDriver driver) {}

  @Override
  public void resourceOffers(SchedulerDriver driver, List<Offer> offers) {}

  @Override
  public void offerRescinded(SchedulerDriver driver, OfferID id) {}

  @Override
  public void statusUpdate(SchedulerDriver driver, TaskStatus status) {}

  @Override
  public void frameworkMessage(SchedulerDriver driver, ExecutorID executor, SlaveID agent, byte[] data) {}

  @Override
  public void slaveLost(SchedulerDriver driver, SlaveID agent) {
    System.out.println("Agent lost: " + agent.getValue());
  }

  @Override
  public void executorLost(SchedulerDriver driver, ExecutorID executor, SlaveID agent, int status) {
    System.out.println("Executor lost: " + executor.getValue() + ", wait status " + status);
  }

  @Override
  public void error(SchedulerDriver driver, String message) {
    System.err.println("Error: " + message);
  }
}
