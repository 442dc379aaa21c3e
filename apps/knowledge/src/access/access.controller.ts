import { knowledgeV1 } from '@cairn/contracts';
import { Controller } from '@nestjs/common';
import { Database } from '../persistence/database.js';
import { verifyKey } from './api-keys.js';

@Controller()
@knowledgeV1.AccessServiceControllerMethods()
export class AccessController implements knowledgeV1.AccessServiceController {
  constructor(private readonly database: Database) {}

  verifyKey({ key }: knowledgeV1.VerifyKeyRequest): Promise<knowledgeV1.KeyIdentity> {
    return verifyKey(this.database, key);
  }
}
