import { REQUEST_TOPIC } from '@watchword/contracts';
import { between } from '../load/random.ts';
import { whyNoOwnDisk } from '@watchword/stage';
import { need, recoveryAfter, type Harm, type Scenario } from './scenario.ts';

const AWAY_MS = 45_000;
/** Three brokers write each event three times, beside everything else: half of what one allows is what two cores bear. */
const THREE_BROKERS_RATE = 25;
const ONE_AWAY_MS = 10_000;
const LEADERS = 4;
/** Each death is settled after 8 to 12 s, some of it while the one before is coming back. */
const LEADERS_AWAY_MS = 30_000;
const DISK_FULL_MS = 10_000;

async function restartKafka(harm: Harm): Promise<void> {
  const kafka = need(harm.stage.kafkaBroker);
  harm.down();
  harm.tell('SIGKILL Kafka');
  await harm.outage(async () => {
    await kafka.kill();
    await harm.sleep(between(harm.random, 200, 1_500));
    await kafka.start();
  });
  harm.tell('Kafka serves again');
  harm.back();
}

async function takeKafkaAway(harm: Harm): Promise<void> {
  const kafka = need(harm.stage.kafkaBroker);
  harm.down();
  harm.tell(`Kafka is away for ${AWAY_MS / 1000} s`);
  await harm.outage(async () => {
    await kafka.kill();
    await harm.sleep(AWAY_MS);
    await kafka.start();
  });
  harm.tell('Kafka serves again');
  harm.back();
}

/** One of three: the others have everything, and go on. */
async function killOneOfThree(harm: Harm): Promise<void> {
  const { cluster } = need(harm.stage.kafkaCluster);
  const node = 1 + Math.floor(harm.random() * 3);
  harm.down();
  harm.tell(`SIGKILL broker ${node} of 3`);
  await cluster.kill(node);
  await harm.sleep(ONE_AWAY_MS);
  await cluster.restart(node);
  harm.tell('it serves again');
  harm.back();
}

/** Whoever leads, again and again, as soon as the one before is back and in sync. */
async function killLeaders(harm: Harm): Promise<void> {
  const { cluster } = need(harm.stage.kafkaCluster);
  harm.down();
  for (let turn = 0; turn < LEADERS; turn++) {
    const node = await cluster.leaderOf(REQUEST_TOPIC, turn);
    harm.tell(`SIGKILL broker ${node}, which leads ${REQUEST_TOPIC}/${turn}`);
    await cluster.kill(node);
    await harm.sleep(between(harm.random, 500, 3_000));
    await cluster.restart(node);
    await cluster.whole(REQUEST_TOPIC);
  }
  harm.back();
}

async function fillDisk(harm: Harm): Promise<void> {
  const kafka = need(harm.stage.kafkaBroker);
  harm.down();
  harm.tell(`Kafka's disk is full for ${DISK_FULL_MS / 1000} s`);
  await harm.outage(async () => {
    kafka.fillDisk();
    await harm.sleep(DISK_FULL_MS);
    kafka.freeDisk();
    // A broker whose only disk fails ends itself, and whoever keeps it starts it again.
    await kafka.kill();
    await kafka.start();
  });
  harm.tell('there is room again, and Kafka serves');
  harm.back();
}

export const KAFKA_SCENARIOS: readonly Scenario[] = [
  {
    name: 'kafka-restarted',
    what: 'SIGKILL of the only broker and a restart',
    shows: 'no event is lost while Redis stands: the outboxes keep them',
    awayMs: 10_000,
    play: restartKafka,
  },
  {
    name: 'kafka-away',
    what: 'the only broker away for 45 s',
    shows: 'starts answer 503; delivery and checks go on; every event comes later',
    awayMs: AWAY_MS + 10_000,
    recoverySecondsMax: recoveryAfter(AWAY_MS),
    play: takeKafkaAway,
  },
  {
    name: 'kafka-one-of-three',
    what: 'SIGKILL of one of three brokers (replication 3, min.insync.replicas 2), back after 10 s',
    shows: 'a 202 survives the loss of one broker',
    engines: 'threeBrokers',
    rateLeast: THREE_BROKERS_RATE,
    awayMs: ONE_AWAY_MS,
    play: killOneOfThree,
  },
  {
    name: 'kafka-leaders',
    what: 'SIGKILL of the leader among three brokers, four times',
    shows: 'every lane and every consumer recovers without a restart',
    engines: 'threeBrokers',
    rateLeast: THREE_BROKERS_RATE,
    awayMs: LEADERS_AWAY_MS,
    recoverySecondsMax: recoveryAfter(LEADERS_AWAY_MS),
    play: killLeaders,
  },
  {
    name: 'kafka-disk-full',
    what: 'the disk of the only broker full for 10 s, then a restart',
    shows: 'as while Kafka is away: starts answer 503, everything else goes on',
    engines: 'smallDisk',
    awayMs: DISK_FULL_MS + 10_000,
    whyNot: whyNoOwnDisk,
    play: fillDisk,
  },
];
