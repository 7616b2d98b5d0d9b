import java.io.File;
import java.io.FileOutputStream;
import java.io.ObjectOutputStream;
import java.util.Arrays;
import java.util.List;
import org.apache.flink.client.program.PackagedProgram;
import org.apache.flink.client.program.PackagedProgramUtils;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.jobgraph.JobGraph;

/** Writes the job graph of a jar's program, which a per-job cluster reads from a file. */
public final class JobGraphWriter {
  private JobGraphWriter() {}

  /** Arguments: the graph's file, the jar, and what the program gets. */
  public static void main(String[] args) throws Exception {
    File jar = new File(args[1]);
    PackagedProgram program =
        PackagedProgram.newBuilder()
            .setJarFile(jar)
            .setArguments(Arrays.copyOfRange(args, 2, args.length))
            .build();
    JobGraph graph = PackagedProgramUtils.createJobGraph(program, new Configuration(), 1, false);
    // Nobody uploads the jar here: each process of this machine loads it from where it is.
    graph.setClasspaths(List.of(jar.toURI().toURL()));
    try (ObjectOutputStream out = new ObjectOutputStream(new FileOutputStream(args[0]))) {
      out.writeObject(graph);
    }
  }
}
