import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Content that came with an export of another space keeps the id it had there, so that the same export again finds it,
 * and an export of its own names it by that. Its past came with it: the trigger that keeps versions looks away while a
 * transaction says so.
 */
export class TransferredIds1790000100000 implements MigrationInterface {
  name = 'TransferredIds1790000100000';

  async up(runner: QueryRunner): Promise<void> {
    for (const table of tables) {
      // Null: its own id.
      await runner.query(`ALTER TABLE ${table} ADD COLUMN origin_id uuid`);
      await runner.query(
        `CREATE UNIQUE INDEX ${table}_origin ON ${table} (space_id, origin_id) WHERE origin_id IS NOT NULL`,
      );
      await runner.query(`DROP TRIGGER keep_version ON ${table}`);
      await runner.query(
        `CREATE TRIGGER keep_version BEFORE INSERT OR UPDATE ON ${table} FOR EACH ROW
         WHEN (coalesce(current_setting('cairn.transfer', true), '') <> 'on')
         EXECUTE FUNCTION keep_${table}_version()`,
      );
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of tables) {
      await runner.query(`DROP TRIGGER keep_version ON ${table}`);
      await runner.query(
        `CREATE TRIGGER keep_version BEFORE INSERT OR UPDATE ON ${table}
         FOR EACH ROW EXECUTE FUNCTION keep_${table}_version()`,
      );
      await runner.query(`ALTER TABLE ${table} DROP COLUMN origin_id`);
    }
  }
}

const tables = ['question', 'answer', 'topic'] as const;
