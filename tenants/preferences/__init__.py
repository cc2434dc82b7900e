"""What a member prefers: language, time zone, devices at entry, reminders."""
