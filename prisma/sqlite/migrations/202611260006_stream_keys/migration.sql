-- AlterTable
ALTER TABLE "Recording" ADD COLUMN "streamKeyId" TEXT;
ALTER TABLE "Recording" ADD COLUMN "resumableUntil" DATETIME;

-- CreateTable
CREATE TABLE "StreamKey" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "userId" TEXT NOT NULL,
    "app" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "keyHash" TEXT NOT NULL,
    "hint" TEXT NOT NULL,
    "record" BOOLEAN NOT NULL DEFAULT true,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "rotatedAt" DATETIME,
    "expiresAt" DATETIME,
    "lastPublishedAt" DATETIME,
    CONSTRAINT "StreamKey_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateIndex
CREATE UNIQUE INDEX "StreamKey_keyHash_key" ON "StreamKey"("keyHash");

-- CreateIndex
CREATE INDEX "StreamKey_userId_idx" ON "StreamKey"("userId");
