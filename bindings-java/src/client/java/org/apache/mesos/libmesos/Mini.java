package org.apache.mesos.libmesos;

import java.io.ByteArrayOutputStream;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import org.apache.mesos.MesosSchedulerDriver;
import org.apache.mesos.Protos.CommandInfo;
import org.apache.mesos.Protos.ExecutorID;
import org.apache.mesos.Protos.Filters;
import org.apache.mesos.Protos.FrameworkID;
import org.apache.mesos.Protos.FrameworkInfo;
import org.apache.mesos.Protos.MasterInfo;
import org.apache.mesos.Protos.Offer;
import org.apache.mesos.Protos.OfferID;
import org.apache.mesos.Protos.Resource;
import org.apache.mesos.Protos.SlaveID;
import org.apache.mesos.Protos.TaskID;
import org.apache.mesos.Protos.TaskInfo;
import org.apache.mesos.Protos.TaskState;
import org.apache.mesos.Protos.TaskStatus;
import org.apache.mesos.Protos.Value;
import org.apache.mesos.Scheduler;
import org.apache.mesos.SchedulerDriver;

/**
 * One framework binary for every jar from 0.14.2 to 1.11.0: for each constructor that the jar offers it registers,
 * launches one task, sees it finish and stops, and prints one line of what it saw.
 *
 * <p>What old jars lack is reached by reflection. Usage: {@code Mini MASTER EXPORTS}, with the list of the symbols that
 * the library exports.
 */
public final class Mini implements Scheduler {
  private static final Filters FILTERS = Filters.newBuilder().setRefuseSeconds(0).build();

  private final boolean isExplicit;
  private final int way;
  private final StringBuilder seen = new StringBuilder();
  private boolean isLaunched;
  private Throwable failure;

  private Mini(boolean isExplicit, int way) {
    this.isExplicit = isExplicit;
    this.way = way;
  }

  public static void main(String[] arguments) throws Exception {
    List<Method> natives = Natives.ofTheJar();
    List<String> exports = Files.readAllLines(Paths.get(arguments[1]), StandardCharsets.UTF_8);
    List<String> complaints = Natives.complaints(natives, new HashSet<>(exports));
    System.out.println(natives.size() + " natives, complaints " + complaints);
    int runs = 0;
    for (Constructor<?> constructor : MesosSchedulerDriver.class.getConstructors()) {
      boolean choosesAcknowledgements = Arrays.asList(constructor.getParameterTypes()).contains(boolean.class);
      System.out.println(describe(constructor) + ": " + new Mini(false, runs++).run(constructor, arguments[0]));
      if (choosesAcknowledgements) {
        System.out.println(describe(constructor) + " explicit: " + new Mini(true, runs++).run(constructor, arguments[0]));
      }
    }
    System.exit(complaints.isEmpty() ? 0 : 1);
  }

  private static String describe(Constructor<?> constructor) {
    StringBuilder text = new StringBuilder();
    for (Class<?> type : constructor.getParameterTypes()) {
      text.append(text.length() == 0 ? "" : ",").append(type.getSimpleName());
    }
    return text.toString();
  }

  private Object argument(Class<?> type, String master) throws Exception {
    if (type == Scheduler.class) {
      return this;
    }
    if (type == FrameworkInfo.class) {
      // user, name, principal: not every jar has a setter for the last.
      return FrameworkInfo.parseFrom(joined(text(1, ""), text(2, "mini"), text(8, "mini")));
    }
    if (type == String.class) {
      return master;
    }
    if (type == boolean.class) {
      return !isExplicit;
    }
    if (type == Collection.class) {
      return Collections.emptyList();
    }
    // Credential: its secret was bytes and became a string, which is the same on the wire.
    return type.getMethod("parseFrom", byte[].class).invoke(null, (Object) joined(text(1, "mini"), text(2, "secret")));
  }

  private String run(Constructor<?> constructor, String master) throws Exception {
    List<Object> values = new ArrayList<>();
    for (Class<?> type : constructor.getParameterTypes()) {
      values.add(argument(type, master));
    }
    MesosSchedulerDriver driver = (MesosSchedulerDriver) constructor.newInstance(values.toArray());
    seen.append("pre-start ").append(driver.stop()).append(' ').append(driver.abort());
    seen.append(' ').append(driver.join()).append(' ').append(driver.reviveOffers());
    Object result = driver.run();
    seen.append("| post: run ").append(result).append(" start ").append(driver.start());
    seen.append(" stop ").append(driver.stop()).append(" abort ").append(driver.abort());
    seen.append(" join ").append(driver.join()).append(" revive ").append(driver.reviveOffers());
    if (failure != null) {
      failure.printStackTrace();
    }
    return seen.toString();
  }

  @Override
  public void registered(SchedulerDriver driver, FrameworkID id, MasterInfo master) {
    Thread thread = Thread.currentThread();
    seen.append(" | registered ").append(id.getValue().isEmpty() || master.getPort() == 0 ? "without ids" : "with ids");
    seen.append(" daemon=").append(thread.isDaemon()).append(" ctx=").append(thread.getContextClassLoader()).append("; ");
  }

  @Override
  public void resourceOffers(SchedulerDriver driver, List<Offer> offers) {
    for (Offer offer : offers) {
      if (isLaunched) {
        driver.declineOffer(offer.getId(), FILTERS);
        continue;
      }
      isLaunched = true;
      try {
        seen.append("launch -> ").append(launch(driver, offer)).append("; ");
      } catch (Exception e) {
        failure = e;
        driver.abort();
      }
    }
  }

  /** By the ways that the jar has, in turn. */
  private Object launch(SchedulerDriver driver, Offer offer) throws Exception {
    TaskInfo task = task(offer);
    List<Method> ways = new ArrayList<>();
    for (Method method : SchedulerDriver.class.getMethods()) {
      boolean isLaunch = method.getName().equals("launchTasks") && method.getParameterTypes().length == 3;
      if (isLaunch || method.getName().equals("acceptOffers")) {
        ways.add(method);
      }
    }
    ways.sort((a, b) -> a.toString().compareTo(b.toString()));
    Method method = ways.get(way % ways.size());
    Object id = method.getParameterTypes()[0] == OfferID.class ? offer.getId() : Collections.singletonList(offer.getId());
    Object what = method.getName().equals("acceptOffers") ? launchOperation(task) : task;
    return method.invoke(driver, id, Collections.singletonList(what), FILTERS);
  }

  private static Object launchOperation(TaskInfo task) throws Exception {
    byte[] operation = joined(new byte[] {1 << 3, 1}, field(2, field(1, task.toByteArray())));
    return Class.forName("org.apache.mesos.Protos$Offer$Operation")
        .getMethod("parseFrom", byte[].class)
        .invoke(null, (Object) operation);
  }

  private static TaskInfo task(Offer offer) {
    return TaskInfo.newBuilder()
        .setName("mini")
        .setTaskId(TaskID.newBuilder().setValue("mini"))
        .setSlaveId(offer.getSlaveId())
        .setCommand(CommandInfo.newBuilder().setValue("exit 0"))
        .addResources(scalar("cpus", 0.1))
        .addResources(scalar("mem", 32))
        .build();
  }

  private static Resource scalar(String name, double value) {
    return Resource.newBuilder()
        .setName(name)
        .setType(Value.Type.SCALAR)
        .setScalar(Value.Scalar.newBuilder().setValue(value))
        .build();
  }

  @Override
  public void statusUpdate(SchedulerDriver driver, TaskStatus status) {
    seen.append(status.getState()).append(' ');
    if (isExplicit) {
      try {
        SchedulerDriver.class.getMethod("acknowledgeStatusUpdate", TaskStatus.class).invoke(driver, status);
      } catch (ReflectiveOperationException e) {
        failure = e;
        driver.abort();
      }
    }
    if (status.getState() != TaskState.TASK_STARTING && status.getState() != TaskState.TASK_RUNNING) {
      seen.append("stop -> ").append(driver.stop()).append(' ');
    }
  }

  private static byte[] text(int field, String value) {
    return field(field, value.getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] field(int number, byte[] content) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(number << 3 | 2);
    int length = content.length;
    for (; length > 127; length >>>= 7) {
      out.write(length & 127 | 128);
    }
    out.write(length);
    out.write(content, 0, content.length);
    return out.toByteArray();
  }

  private static byte[] joined(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.write(part, 0, part.length);
    }
    return out.toByteArray();
  }

  @Override
  public void reregistered(SchedulerDriver driver, MasterInfo master) {
    seen.append("reregistered ");
  }

  @Override
  public void disconnected(SchedulerDriver driver) {
    seen.append("disconnected ");
  }

  @Override
  public void offerRescinded(SchedulerDriver driver, OfferID id) {}

  @Override
  public void frameworkMessage(SchedulerDriver driver, ExecutorID executor, SlaveID agent, byte[] data) {}

  @Override
  public void slaveLost(SchedulerDriver driver, SlaveID agent) {}

  @Override
  public void executorLost(SchedulerDriver driver, ExecutorID executor, SlaveID agent, int status) {}

  @Override
  public void error(SchedulerDriver driver, String message) {
    seen.append("error ").append(message).append(' ');
  }
}
