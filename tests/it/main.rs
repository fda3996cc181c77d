mod practice_access;
mod practice_client;
mod practice_faults;
mod practice_model;
mod practice_reads;
mod practice_writes;
