import { PATHS, QUALITY_CELLS_MAX, QUALITY_ROWS_MAX, type QualityQuery } from '@watchword/contracts';
import {
  createAuthentication,
  onlyWhoSeesAll,
  sendProblem,
  type ProblemInput,
  type TenantConfig,
} from '@watchword/runtime';
import type { FastifyPluginAsync } from 'fastify';
import { answerQuality, type AnswerDeps } from './answer-quality.ts';

/** Questions that wait for their turn: each may take a second or two, and who waits longer has given up. */
const WAITING_MAX = 8;
/** One or two of those that wait are answered by then. */
const RETRY_AFTER_MS = 2_000;

export interface RoutesDeps extends AnswerDeps {
  tenants: readonly TenantConfig[];
}

/** The API of quality-monitor. One question is answered at a time, so that they cannot keep Redis and the counting from their work. */
export function createRoutes(deps: RoutesDeps): FastifyPluginAsync {
  let waiting = 0;
  let turn: Promise<unknown> = Promise.resolve();

  return async (app) => {
    app.addHook('onRequest', createAuthentication(deps.tenants));
    app.addHook('onRequest', onlyWhoSeesAll);
    const { path, query, answers } = PATHS.quality;
    app.get<{ Querystring: QualityQuery }>(
      path,
      { schema: { querystring: query, response: { 200: answers[200].schema } } },
      async (request, reply) => {
        if (waiting >= WAITING_MAX) return sendProblem(reply, OVERLOADED);
        waiting += 1;
        const before = turn;
        const answering = (async () => {
          await before;
          return answerQuality(deps, request.query, Date.now());
        })();
        turn = answering.catch(() => undefined).finally(() => (waiting -= 1)); // who asked is told of the fault
        const answered = await answering;
        if (answered.outcome === 'invalidTime') return sendProblem(reply, INVALID_TIME);
        if (answered.outcome === 'tooMany') return sendProblem(reply, tooMany(answered.what));
        return answered.answer;
      },
    );
  };
}

const OVERLOADED: ProblemInput = {
  status: 503,
  code: 'overloaded',
  detail: 'This process has as many questions about quality waiting as it can bear.',
  retryAfterMs: RETRY_AFTER_MS,
};
const INVALID_TIME: ProblemInput = {
  status: 422,
  code: 'invalid_time',
  detail: '`until` must be after `since`, which is an hour before it if left out.',
};

function tooMany(what: 'rows' | 'cells'): ProblemInput {
  const most = what === 'rows' ? QUALITY_ROWS_MAX : QUALITY_CELLS_MAX;
  const detail = `The answer would have more than ${most} ${what}. Ask for a longer step, a shorter time, or one channel, provider, country or operator.`;
  return { status: 422, code: 'too_many_rows', detail };
}
