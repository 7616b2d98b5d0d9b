import com.mesosphere.mesos.rx.java.MesosClientBuilder;
import com.mesosphere.mesos.rx.java.SinkOperation;
import com.mesosphere.mesos.rx.java.SinkOperations;
import com.mesosphere.mesos.rx.java.protobuf.ProtobufMesosClientBuilder;
import com.mesosphere.mesos.rx.java.protobuf.SchedulerCalls;
import com.mesosphere.mesos.rx.java.util.UserAgentEntries;
import java.net.URI;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.apache.mesos.v1.Protos;
import org.apache.mesos.v1.scheduler.Protos.Call;
import org.apache.mesos.v1.scheduler.Protos.Event;
import rx.Observable;
import rx.subjects.PublishSubject;
import rx.subjects.SerializedSubject;

/** A framework on mesos-rxjava: runs some tasks to their end, one after the other, and says what it saw. */
public final class RxFramework {
  private final int wanted;
  private int launched;
  private int finished;
  private Protos.FrameworkID id;
  /** Calls that wait for the answer to another one: the client sends calls side by side. */
  private final SerializedSubject<Optional<SinkOperation<Call>>, Optional<SinkOperation<Call>>>
      later = PublishSubject.<Optional<SinkOperation<Call>>>create().toSerialized();

  private RxFramework(int wanted) {
    this.wanted = wanted;
  }

  public static void main(String[] arguments) throws Throwable {
    RxFramework framework = new RxFramework(Integer.parseInt(arguments[1]));
    Protos.FrameworkInfo info =
        Protos.FrameworkInfo.newBuilder()
            .setUser(System.getProperty("user.name"))
            .setName("rx-framework")
            .setFailoverTimeout(0)
            .build();
    MesosClientBuilder<Call, Event> builder = ProtobufMesosClientBuilder.schedulerUsingProtos();
    builder
        .mesosUri(URI.create("http://" + arguments[0] + "/api/v1/scheduler"))
        .applicationUserAgentEntry(UserAgentEntries.literal("rx-framework", "1"))
        .subscribe(
            Call.newBuilder()
                .setType(Call.Type.SUBSCRIBE)
                .setSubscribe(Call.Subscribe.newBuilder().setFrameworkInfo(info))
                .build())
        .processStream(events -> events.concatMap(framework::on).mergeWith(framework.later))
        .build()
        .openStream()
        .await();
  }

  /** What to answer to one event. */
  private Observable<Optional<SinkOperation<Call>>> on(Event event) {
    switch (event.getType()) {
      case SUBSCRIBED:
        id = event.getSubscribed().getFrameworkId();
        System.out.println(
            "subscribed, heartbeats every "
                + event.getSubscribed().getHeartbeatIntervalSeconds()
                + " s");
        return nothing();
      case OFFERS:
        return Observable.from(event.getOffers().getOffersList()).map(this::onOffer);
      case UPDATE:
        return onUpdate(event.getUpdate().getStatus());
      case ERROR:
        System.out.println("error: " + event.getError().getMessage());
        System.exit(1);
        return nothing();
      default:
        System.out.println("event " + event.getType());
        return nothing();
    }
  }

  private Optional<SinkOperation<Call>> onOffer(Protos.Offer offer) {
    List<Protos.OfferID> offers = Collections.singletonList(offer.getId());
    if (launched > finished || launched == wanted) {
      return Optional.of(SinkOperations.create(SchedulerCalls.decline(id, offers)));
    }
    launched++;
    Protos.TaskInfo task =
        Protos.TaskInfo.newBuilder()
            .setName("rx-" + launched)
            .setTaskId(Protos.TaskID.newBuilder().setValue("rx-" + launched))
            .setAgentId(offer.getAgentId())
            .setCommand(Protos.CommandInfo.newBuilder().setValue("echo hello from task " + launched))
            .addResources(scalar("cpus", 0.1))
            .addResources(scalar("mem", 32))
            .build();
    Protos.Offer.Operation.Launch launch =
        Protos.Offer.Operation.Launch.newBuilder().addTaskInfos(task).build();
    Call.Accept accept =
        Call.Accept.newBuilder()
            .addAllOfferIds(offers)
            .addOperations(
                Protos.Offer.Operation.newBuilder()
                    .setType(Protos.Offer.Operation.Type.LAUNCH)
                    .setLaunch(launch))
            .setFilters(Protos.Filters.newBuilder().setRefuseSeconds(0))
            .build();
    return call(Call.Type.ACCEPT, builder -> builder.setAccept(accept));
  }

  private Observable<Optional<SinkOperation<Call>>> onUpdate(Protos.TaskStatus status) {
    System.out.println("task " + status.getTaskId().getValue() + " " + status.getState());
    Call acknowledge =
        SchedulerCalls.ackUpdate(id, status.getUuid(), status.getAgentId(), status.getTaskId());
    if (status.getState() != Protos.TaskState.TASK_FINISHED) {
      return Observable.just(Optional.of(SinkOperations.create(acknowledge)));
    }
    finished++;
    Optional<SinkOperation<Call>> next = finished < wanted ? revive() : teardown();
    return Observable.just(
        Optional.of(SinkOperations.create(acknowledge, () -> later.onNext(next))));
  }

  private Optional<SinkOperation<Call>> revive() {
    return call(Call.Type.REVIVE, builder -> builder);
  }

  private Optional<SinkOperation<Call>> teardown() {
    Call call = Call.newBuilder().setFrameworkId(id).setType(Call.Type.TEARDOWN).build();
    return Optional.of(
        SinkOperations.create(
            call,
            () -> {
              System.out.println("all " + finished + " tasks finished and acknowledged");
              System.exit(0);
            }));
  }

  private Optional<SinkOperation<Call>> call(
      Call.Type type, java.util.function.UnaryOperator<Call.Builder> fill) {
    Call.Builder builder = Call.newBuilder().setFrameworkId(id).setType(type);
    return Optional.of(SinkOperations.create(fill.apply(builder).build()));
  }

  private static Observable<Optional<SinkOperation<Call>>> nothing() {
    return Observable.just(Optional.empty());
  }

  private static Protos.Resource scalar(String name, double value) {
    return Protos.Resource.newBuilder()
        .setName(name)
        .setType(Protos.Value.Type.SCALAR)
        .setScalar(Protos.Value.Scalar.newBuilder().setValue(value))
        .build();
  }
}
