// BullMQ's flows as their users set them up; a step that ends a job, or a batch, writes one row.
//
// node flows.mjs worker | chains JOBS | fan MEMBERS FAILING PATIENCE_S | idle JOBS
import { FlowProducer, QueueEvents, Worker } from "bullmq";
import { Redis } from "ioredis";
import pg from "pg";

const CONCURRENCY = 8; // as many as a worker of ours has threads
const [what, ...given] = process.argv.slice(2);
const [jobs, failing, patienceS] = given.map(Number);
const connect = () =>
  new Redis({ path: process.env.PEER_REDIS_URL.replace("unix://", ""), maxRetriesPerRequest: null });
const database = process.env.PEER_DATABASE_URL
  ? new pg.Pool({ connectionString: process.env.PEER_DATABASE_URL })
  : null;
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const say = (measured) => console.log(JSON.stringify(measured));

const work = async (job) => {
  if (job.name === "fails") throw new Error("permanent");
  if (job.name === "persist" && database) await database.query("INSERT INTO flow_rows DEFAULT VALUES");
};

const step = (name, child, options = {}) => ({
  name, queueName: "steps", data: { id: 1 }, children: child ? [child] : [], opts: options,
});
const chain = () => step("notify", step("persist", step("score", step("fetch"))));
const fan = (members, failures) => ({
  name: "persist",
  queueName: "steps",
  data: {},
  children: Array.from({ length: members }, (_, n) =>
    step(n < failures ? "fails" : "noop", null, { ignoreDependencyOnFailure: true })),
});

const rows = async () =>
  Number((await database.query("SELECT count(*) FROM flow_rows")).rows[0].count);

async function until(expected, withinS) {
  const deadline = Date.now() + withinS * 1000;
  while ((await rows()) < expected) {
    if (Date.now() > deadline) return false;
    await sleep(10);
  }
  return true;
}

async function timed(send, expected, withinS = 600) {
  const before = await rows();
  const start = performance.now();
  await send();
  return (await until(before + expected, withinS)) ? (performance.now() - start) / 1000 : null;
}

const producer = what === "worker" ? null : new FlowProducer({ connection: connect() });
if (what !== "worker" && database)
  await database.query("CREATE TABLE IF NOT EXISTS flow_rows (id BIGSERIAL PRIMARY KEY)");

if (what === "worker") {
  new Worker("steps", work, { connection: connect(), concurrency: CONCURRENCY });
} else if (what === "chains") {
  await timed(() => producer.addBulk([chain()]), 1);
  const s = await timed(() => producer.addBulk(Array.from({ length: jobs }, chain)), jobs);
  say({ jobs_per_s: jobs / s });
} else if (what === "fan") {
  await timed(() => producer.add(fan(50, 0)), 1);
  say({ s: await timed(() => producer.add(fan(jobs, failing)), 1, patienceS) });
} else if (what === "idle") {
  const events = new QueueEvents("steps", { connection: connect() });
  await events.waitUntilReady();
  const tookMs = [];
  for (let n = 0; n < jobs + 5; n++) {
    const start = performance.now();
    const flow = await producer.add(chain());
    await flow.job.waitUntilFinished(events);
    tookMs.push(performance.now() - start);
    await sleep(20);
  }
  say({ took_ms: tookMs.slice(5) });
}
if (what !== "worker") process.exit(0);
