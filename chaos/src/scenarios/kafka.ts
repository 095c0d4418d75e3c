import { between } from '../load/random.ts';
import type { Harm, Scenario } from './scenario.ts';

const AWAY_MS = 45_000;

async function restartKafka(harm: Harm): Promise<void> {
  const { kafka } = harm.stage;
  harm.down();
  harm.tell('SIGKILL Kafka');
  await kafka.kill();
  await harm.sleep(between(harm.random, 200, 1_500));
  await kafka.start();
  harm.tell('Kafka serves again');
  harm.back();
}

async function takeKafkaAway(harm: Harm): Promise<void> {
  const { kafka } = harm.stage;
  harm.down();
  harm.tell(`Kafka is away for ${AWAY_MS / 1000} s`);
  await kafka.kill();
  await harm.sleep(AWAY_MS);
  await kafka.start();
  harm.tell('Kafka serves again');
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
    play: takeKafkaAway,
  },
];
