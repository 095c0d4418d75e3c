import { readFileSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';

export type Row = Record<string, unknown>;

/** Runs every statement of a SQL file over the files of a folder. @returns the rows of those that are questions, in their order */
export async function runQuestions(path: string, folder: string): Promise<Row[][]> {
  const connection = await connect(folder);
  try {
    const statements = await connection.extractStatements(readFileSync(path, 'utf8'));
    const answers: Row[][] = [];
    for (let n = 0; n < statements.count; n++) {
      const read = await (await statements.prepare(n)).runAndReadAll();
      if (read.columnCount > 0 && read.columnName(0) !== 'Count') answers.push(read.getRowObjectsJS().map(plain));
    }
    return answers;
  } finally {
    connection.closeSync();
  }
}

/** One question to the files of a folder. */
export async function ask(folder: string, sql: string): Promise<Row[]> {
  const connection = await connect(folder);
  try {
    return (await connection.runAndReadAll(sql)).getRowObjectsJS().map(plain);
  } finally {
    connection.closeSync();
  }
}

async function connect(folder: string) {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  await connection.run(`SET file_search_path = '${folder.replaceAll("'", "''")}'`);
  return connection;
}

/** Counts come as bigint, which compares to nothing. */
function plain(row: Row): Row {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, typeof value === 'bigint' ? Number(value) : value]),
  );
}
