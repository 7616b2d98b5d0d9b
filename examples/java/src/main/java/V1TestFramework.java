import java.util.Timer;
import java.util.TimerTask;
import org.apache.mesos.v1.Protos.CommandInfo;
import org.apache.mesos.v1.Protos.Credential;
import org.apache.mesos.v1.Protos.ExecutorID;
import org.apache.mesos.v1.Protos.ExecutorInfo;
import org.apache.mesos.v1.Protos.Filters;
import org.apache.mesos.v1.Protos.FrameworkID;
import org.apache.mesos.v1.Protos.FrameworkInfo;
import org.apache.mesos.v1.Protos.Offer;
import org.apache.mesos.v1.Protos.Resource;
import org.apache.mesos.v1.Protos.TaskID;
import org.apache.mesos.v1.Protos.TaskInfo;
import org.apache.mesos.v1.Protos.TaskState;
import org.apache.mesos.v1.Protos.TaskStatus;
import org.apache.mesos.v1.Protos.Value;
import org.apache.mesos.v1.scheduler.Mesos;
import org.apache.mesos.v1.scheduler.Protos.Call;
import org.apache.mesos.v1.scheduler.Protos.Event;
import org.apache.mesos.v1.scheduler.Scheduler;
import org.apache.mesos.v1.scheduler.V0Mesos;
import org.apache.mesos.v1.scheduler.V1Mesos;

/** {@code v1-test-framework HOST:PORT 0|1 [TASKS]}: the test framework over V0Mesos (0) or V1Mesos (1). */
public final class V1TestFramework implements Scheduler {
  private static final int RETRY_MILLIS = 1000;

  private final FrameworkInfo framework;
  private final int wanted;
  private final Timer timer = new Timer("subscribe", true);
  private FrameworkID id;
  private boolean isSubscribed;
  private int launched;
  private int finished;

  private V1TestFramework(FrameworkInfo framework, int wanted) {
    this.framework = framework;
    this.wanted = wanted;
  }

  public static void main(String[] arguments) throws InterruptedException {
    if (arguments.length < 2 || arguments.length > 3) {
      System.err.println("usage: v1-test-framework MASTER 0|1 [TASKS]");
      System.exit(1);
    }
    String secret = System.getenv("MESOS_EXAMPLE_SECRET");
    String principal = System.getenv("MESOS_EXAMPLE_PRINCIPAL");
    FrameworkInfo framework = FrameworkInfo.newBuilder()
        .setUser(System.getProperty("user.name"))
        .setName("V1 Test Framework (Java)")
        .setPrincipal(principal == null ? "v1-test-framework-java" : principal)
        .build();
    V1TestFramework scheduler =
        new V1TestFramework(framework, arguments.length == 3 ? Integer.parseInt(arguments[2]) : 5);
    Credential credential = secret == null
        ? null
        : Credential.newBuilder().setPrincipal(framework.getPrincipal()).setSecret(secret).build();
    // Held until the end, since a collected client closes its connections.
    Mesos mesos = arguments[1].equals("1")
        ? (credential == null
            ? new V1Mesos(scheduler, arguments[0])
            : new V1Mesos(scheduler, arguments[0], credential))
        : (credential == null
            ? new V0Mesos(scheduler, framework, arguments[0])
            : new V0Mesos(scheduler, framework, arguments[0], credential));
    synchronized (scheduler) {
      while (scheduler.finished < scheduler.wanted) {
        scheduler.wait();
      }
      mesos.send(scheduler.call(Call.Type.TEARDOWN).build());
    }
    // The call leaves on another thread.
    Thread.sleep(500);
    System.exit(0);
  }

  private Call.Builder call(Call.Type type) {
    return Call.newBuilder().setType(type).setFrameworkId(id);
  }

  @Override
  public synchronized void connected(Mesos mesos) {
    System.out.println("Connected");
    isSubscribed = false;
    timer.schedule(new TimerTask() {
      @Override
      public void run() {
        if (!subscribe(mesos)) {
          cancel();
        }
      }
    }, 0, RETRY_MILLIS);
  }

  /** Whether it had to be asked for still. */
  private synchronized boolean subscribe(Mesos mesos) {
    if (isSubscribed || finished == wanted) {
      return false;
    }
    Call.Builder call = Call.newBuilder().setType(Call.Type.SUBSCRIBE);
    FrameworkInfo.Builder info = framework.toBuilder();
    if (id != null) {
      call.setFrameworkId(id);
      info.setId(id);
    }
    mesos.send(call.setSubscribe(Call.Subscribe.newBuilder().setFrameworkInfo(info)).build());
    return true;
  }

  @Override
  public synchronized void disconnected(Mesos mesos) {
    System.out.println("Disconnected");
    isSubscribed = false;
  }

  @Override
  public synchronized void received(Mesos mesos, Event event) {
    if (finished == wanted) {
      return;
    }
    switch (event.getType()) {
      case SUBSCRIBED:
        id = event.getSubscribed().getFrameworkId();
        isSubscribed = true;
        System.out.println("Subscribed with ID " + id + " to master "
            + event.getSubscribed().getMasterInfo().getId());
        break;
      case OFFERS:
        System.out.println("Received an OFFERS event");
        for (Offer offer : event.getOffers().getOffersList()) {
          accept(mesos, offer);
        }
        break;
      case UPDATE:
        System.out.println("Received an UPDATE event");
        update(mesos, event.getUpdate().getStatus());
        break;
      case ERROR:
        System.err.println("Error: " + event.getError().getMessage());
        System.exit(1);
        break;
      default:
        System.out.println("Received a " + event.getType() + " event");
    }
  }

  private void accept(Mesos mesos, Offer offer) {
    double cpus = 0;
    double mem = 0;
    for (Resource resource : offer.getResourcesList()) {
      cpus += resource.getName().equals("cpus") ? resource.getScalar().getValue() : 0;
      mem += resource.getName().equals("mem") ? resource.getScalar().getValue() : 0;
    }
    String offerId = offer.getId().getValue();
    System.out.println("Received offer " + offerId + " with cpus: " + cpus + " and mem: " + mem);
    Offer.Operation.Launch.Builder launch = Offer.Operation.Launch.newBuilder();
    for (; launched < wanted && cpus >= 1 && mem >= 128; launched++) {
      System.out.println("Launching task " + launched + " using offer " + offerId);
      launch.addTaskInfos(task(launched, offer));
      cpus -= 1;
      mem -= 128;
    }
    mesos.send(call(Call.Type.ACCEPT)
        .setAccept(Call.Accept.newBuilder()
            .addOfferIds(offer.getId())
            .addOperations(Offer.Operation.newBuilder().setType(Offer.Operation.Type.LAUNCH).setLaunch(launch))
            .setFilters(Filters.newBuilder().setRefuseSeconds(1)))
        .build());
  }

  private static TaskInfo task(int number, Offer offer) {
    return TaskInfo.newBuilder()
        .setName("task " + number)
        .setTaskId(TaskID.newBuilder().setValue(Integer.toString(number)))
        .setAgentId(offer.getAgentId())
        .addResources(scalar("cpus", 1))
        .addResources(scalar("mem", 128))
        .setExecutor(ExecutorInfo.newBuilder()
            .setExecutorId(ExecutorID.newBuilder().setValue("default"))
            .setName("Test Executor (Java)")
            .setSource("java_test")
            .setCommand(executor()))
        .build();
  }

  /** The v0 message says the same on the wire. */
  private static CommandInfo executor() {
    try {
      return CommandInfo.parseFrom(Examples.executor("test-executor").toByteArray());
    } catch (com.google.protobuf.InvalidProtocolBufferException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static Resource scalar(String name, double value) {
    return Resource.newBuilder()
        .setName(name)
        .setType(Value.Type.SCALAR)
        .setScalar(Value.Scalar.newBuilder().setValue(value))
        .build();
  }

  private void update(Mesos mesos, TaskStatus status) {
    String task = status.getTaskId().getValue();
    System.out.println("Status update: task " + task + " is in state " + status.getState());
    if (status.hasUuid()) {
      mesos.send(call(Call.Type.ACKNOWLEDGE)
          .setAcknowledge(Call.Acknowledge.newBuilder()
              .setAgentId(status.getAgentId())
              .setTaskId(status.getTaskId())
              .setUuid(status.getUuid()))
          .build());
    }
    if (status.getState() == TaskState.TASK_FINISHED) {
      System.out.println("Finished tasks: " + ++finished);
      notifyAll();
      return;
    }
    boolean isAlive = status.getState() == TaskState.TASK_STARTING || status.getState() == TaskState.TASK_RUNNING;
    if (!isAlive) {
      System.err.println("Aborting because task " + task + " is in unexpected state " + status.getState()
          + " with message '" + status.getMessage() + "'");
      System.exit(1);
    }
  }
}
