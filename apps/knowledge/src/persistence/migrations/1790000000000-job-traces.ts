import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A job knows the trace of the request that started it, so that its work belongs to that trace. */
export class JobTraces1790000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // As in the HTTP header of that name: 00-<trace>-<span>-<flags>.
    await runner.query('ALTER TABLE job ADD COLUMN trace_parent text');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE job DROP COLUMN trace_parent');
  }
}
