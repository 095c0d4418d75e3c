import type { Problem, SendAnswer } from '@watchword/contracts';
import { problem, type Answer, type CallResult, type ProblemInput } from '@watchword/runtime';

/** What becomes of a record. */
export type Verdict =
  | { outcome: 'accepted'; answer: SendAnswer }
  | {
      outcome: 'rejected';
      /** Stable, for programs: as in the API's problems. */
      code: string;
      detail: string;
      errors?: { path: string; message: string }[];
      retryAfterMs?: number;
    };

export type Rejected = Extract<Verdict, { outcome: 'rejected' }>;

export function reject(code: string, detail: string, errors?: Rejected['errors']): Rejected {
  return { outcome: 'rejected', code, detail, ...(errors && { errors }) };
}

export function verdictOf(answer: Answer): Verdict {
  if (answer.status !== 'problem') return { outcome: 'accepted', answer: answer.body as SendAnswer };
  const { code = 'refused', detail = '', errors, retryAfterMs } = answer.problem;
  return {
    outcome: 'rejected',
    code,
    detail,
    ...(errors !== undefined && { errors }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
}

/** The answer of a call, made now or kept since an earlier one. */
export function answerOf(result: Exclude<CallResult, { outcome: 'inFlight' }>): Answer {
  if (result.outcome === 'answered') return result.answer;
  const body = JSON.parse(result.body) as object;
  return result.status < 300 ? { status: 202, body } : problem(problemInput(body as Problem));
}

function problemInput({ status, code, detail, errors, retry_after: seconds }: Problem): ProblemInput {
  return {
    status,
    ...(code !== undefined && { code }),
    ...(detail !== undefined && { detail }),
    ...(errors !== undefined && { errors }),
    ...(seconds !== undefined && { retryAfterMs: seconds * 1000 }),
  };
}
