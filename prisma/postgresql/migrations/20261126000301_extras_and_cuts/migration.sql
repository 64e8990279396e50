-- CreateTable
CREATE TABLE "Extra" (
    "recordingId" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "requestedAt" TIMESTAMP(3) NOT NULL,
    "state" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "failureMessage" TEXT,

    CONSTRAINT "Extra_pkey" PRIMARY KEY ("recordingId","kind")
);

-- CreateTable
CREATE TABLE "Cut" (
    "recordingId" TEXT NOT NULL,
    "originalId" TEXT NOT NULL,
    "fromMs" INTEGER NOT NULL,
    "toMs" INTEGER NOT NULL,
    "mode" TEXT NOT NULL,

    CONSTRAINT "Cut_pkey" PRIMARY KEY ("recordingId")
);

-- CreateIndex
CREATE INDEX "Extra_state_idx" ON "Extra"("state");

-- AddForeignKey
ALTER TABLE "Extra" ADD CONSTRAINT "Extra_recordingId_fkey" FOREIGN KEY ("recordingId") REFERENCES "Recording"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Cut" ADD CONSTRAINT "Cut_recordingId_fkey" FOREIGN KEY ("recordingId") REFERENCES "Recording"("id") ON DELETE CASCADE ON UPDATE CASCADE;
