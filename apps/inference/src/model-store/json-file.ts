import { readFile } from 'node:fs/promises';
import { DomainError } from '@cairn/contracts';
import { z } from 'zod';

/**
 * A JSON file of an encoder's folder, checked.
 * @throws INVALID_INPUT for field "source", with the file and what is wrong in it
 */
export async function readJsonFile<S extends z.ZodType>(file: string, schema: S): Promise<z.infer<S>> {
  const content = await readFile(file, 'utf8');
  try {
    return schema.parse(JSON.parse(content));
  } catch (error) {
    const what =
      error instanceof z.ZodError
        ? error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')
        : (error as Error).message;
    throw DomainError.invalid('source', `${file} cannot be used: ${what}.`);
  }
}
