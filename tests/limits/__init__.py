"""Every limit that a file or a setting names, proved from that file to the message that leaves or stays: one module a limit.

Each of these faults, made by hand in one line, turns the test beside it red:

=====================================================  ==================================================================
a statement is sent before its effective date          test_effective_date: a_statement_waits_for_its_date
... or slips into a digest that is planned already     test_effective_date: a_later_version_does_not_slip_into_a_digest
the planner ignores quiet hours                        test_quiet_hours: what_is_due_then_is_planned_for_the_end
the last look ignores quiet hours, or working hours    test_quiet_hours: quiet_hours_that_come_after_the_plan
a mail in doubt is sent a third time                   test_doubt: a_process_that_dies_in_its_repeat
a channel that fails for 40 % is not paused            test_breaker: two_of_five_pause_the_channel
a channel that fails for a fifth is paused             test_breaker: what_is_enough_to_pause[one-of-five]
20 failures in a row are not enough                    test_breaker: what_is_enough_to_pause[twenty-in-a-row]
a nudge waits for the gap of its cadence               test_nudges: a_nudge_does_not_wait_for_the_gap_of_its_cadence
a nudge keeps no gap at all                            test_nudges: a_nudge_keeps_two_days_from_another_showing
explain forgets "less often"                           test_less_often: too_often_lengthens_the_gap_and_explain_knows
planning forgets "less often"                          the same
a floor is missed by one                               test_floors: a_floor_is_met_to_the_one
floors that do not fit any more wait for the end       test_floors: floors_that_would_not_fit_into_the_last_week
a floor that is out of reach by one is not told        test_floors: a_floor_by_one_out_of_reach_is_told
bounce details stay after erasing (mails, evidence)    test_bounce_details: what_a_server_said_goes_with_the_person
a newcomer gets six, or is one for a day too long      test_newcomers: the_thirty_days_are_counted_from_the_first
a changed meaning does not lift the cap                test_newcomers: a_changed_meaning_lifts_the_cap
a week's digests, statements are not counted           test_caps: digests_in_a_week, statements_in_a_week
a rule holds for channels that it does not name        test_caps: a_rule_of_the_admin_holds[other-channel]
a team of four is shown; privacy.k takes 4             test_smallest_group: a_team_of_four_is_hidden, a_smaller_number
=====================================================  ==================================================================
"""
