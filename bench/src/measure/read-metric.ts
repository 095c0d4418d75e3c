/** Sum of all series of a metric, as the process tells it. */
export async function readMetric(url: string, name: string, label = ''): Promise<number> {
  const page = await (await fetch(`${url}/metrics`)).text();
  return page
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) && line.includes(label))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}
