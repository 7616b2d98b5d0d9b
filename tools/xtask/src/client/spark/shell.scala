// Given to spark-shell: no Python takes part in this.
val inside = sc.parallelize(1 to 200000, 4).map { _ =>
  val (x, y) = (math.random(), math.random())
  if (x * x + y * y <= 1) 1 else 0
}.reduce(_ + _)
println("Pi is roughly " + 4.0 * inside / 200000)
val sums = sc.parallelize(1 to 100000, 4).map(n => (n % 10, n.toLong)).reduceByKey(_ + _, 4).collectAsMap()
val right = (0 until 10).forall(key => sums(key) == (1 to 100000).filter(_ % 10 == key).map(_.toLong).sum)
println("the shuffle of the shell is " + (if (right) "as expected" else "WRONG"))
System.exit(0)
