-- AlterTable
ALTER TABLE "Take" ADD COLUMN "cause" TEXT;

-- CreateTable
CREATE TABLE "Interruption" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "recordingId" TEXT NOT NULL,
    "takeNumber" INTEGER NOT NULL,
    "kind" TEXT,
    "fromMs" INTEGER NOT NULL,
    "toMs" INTEGER NOT NULL,
    "code" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "Interruption_recordingId_fkey" FOREIGN KEY ("recordingId") REFERENCES "Recording" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "Installation" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP
);

-- RedefineTables
PRAGMA defer_foreign_keys=ON;
PRAGMA foreign_keys=OFF;
CREATE TABLE "new_Gap" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "recordingId" TEXT NOT NULL,
    "kind" TEXT,
    "fromMs" INTEGER NOT NULL,
    "toMs" INTEGER NOT NULL,
    "code" TEXT NOT NULL DEFAULT 'unknown',
    "cause" TEXT NOT NULL,
    CONSTRAINT "Gap_recordingId_fkey" FOREIGN KEY ("recordingId") REFERENCES "Recording" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
INSERT INTO "new_Gap" ("cause", "fromMs", "id", "kind", "recordingId", "toMs") SELECT "cause", "fromMs", "id", "kind", "recordingId", "toMs" FROM "Gap";
DROP TABLE "Gap";
ALTER TABLE "new_Gap" RENAME TO "Gap";
CREATE INDEX "Gap_recordingId_idx" ON "Gap"("recordingId");
PRAGMA foreign_keys=ON;
PRAGMA defer_foreign_keys=OFF;

-- CreateIndex
CREATE INDEX "Interruption_recordingId_idx" ON "Interruption"("recordingId");
