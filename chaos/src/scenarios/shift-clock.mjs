// Loaded into one process before anything else (`--import`): its clock is wrong by CLOCK_SHIFT_MS. What measures
// durations (performance.now, timers) goes on as it should, as on a machine whose clock was set wrong.
const shiftMs = Number(process.env.CLOCK_SHIFT_MS);
const RealDate = Date;

class ShiftedDate extends RealDate {
  constructor(...args) {
    if (args.length === 0) super(RealDate.now() + shiftMs);
    else super(...args);
  }
  static now() {
    return RealDate.now() + shiftMs;
  }
}
globalThis.Date = ShiftedDate;
