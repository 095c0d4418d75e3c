import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createTimeline } from './timeline.ts';

describe('a timeline', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('plays steps in their order, each not before its time', async () => {
    const played: string[] = [];
    const timeline = createTimeline(10, () => undefined);
    const step = (name: string, atMs: number) => ({ atMs, act: () => void played.push(name) });
    timeline.play([step('a', 10), step('b', 100), step('c', 50)]);
    await vi.advanceTimersByTimeAsync(60);
    expect(played).toEqual(['a']);
    await vi.advanceTimersByTimeAsync(60);
    expect(played).toEqual(['a', 'b', 'c']);
  });

  it('goes on after a step that fails, and says so', async () => {
    const errors: unknown[] = [];
    const played: number[] = [];
    const timeline = createTimeline(10, (error) => errors.push(error));
    const failing = { atMs: 0, act: () => Promise.reject(new Error('no')) };
    timeline.play([failing, { atMs: 0, act: () => void played.push(1) }]);
    await vi.advanceTimersByTimeAsync(1);
    expect(played).toEqual([1]);
    expect(errors).toHaveLength(1);
  });

  it('has room for as many lanes as it was given, until they end', async () => {
    const timeline = createTimeline(1, () => undefined);
    expect(timeline.hasRoom()).toBe(true);
    timeline.play([{ atMs: 5, act: () => undefined }]);
    expect(timeline.hasRoom()).toBe(false);
    await vi.advanceTimersByTimeAsync(6);
    expect(timeline.hasRoom()).toBe(true);
  });

  it('forgets everything when cleared, what runs included', async () => {
    const played: string[] = [];
    const timeline = createTimeline(10, () => undefined);
    let finish = (): void => undefined;
    const running = { atMs: 0, act: () => new Promise<void>((resolve) => (finish = resolve)) };
    timeline.play([running, { atMs: 0, act: () => void played.push('late') }]);
    await vi.advanceTimersByTimeAsync(1);
    timeline.clear();
    finish();
    await vi.advanceTimersByTimeAsync(10);
    expect(played).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
    expect(timeline.hasRoom()).toBe(true);
  });
});
