-- AlterTable
ALTER TABLE "Gap" ADD COLUMN     "code" TEXT NOT NULL DEFAULT 'unknown';

-- AlterTable
ALTER TABLE "Take" ADD COLUMN     "cause" TEXT;

-- CreateTable
CREATE TABLE "Interruption" (
    "id" TEXT NOT NULL,
    "recordingId" TEXT NOT NULL,
    "takeNumber" INTEGER NOT NULL,
    "kind" TEXT,
    "fromMs" INTEGER NOT NULL,
    "toMs" INTEGER NOT NULL,
    "code" TEXT NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Interruption_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Installation" (
    "id" TEXT NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Installation_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "Interruption_recordingId_idx" ON "Interruption"("recordingId");

-- AddForeignKey
ALTER TABLE "Interruption" ADD CONSTRAINT "Interruption_recordingId_fkey" FOREIGN KEY ("recordingId") REFERENCES "Recording"("id") ON DELETE CASCADE ON UPDATE CASCADE;
